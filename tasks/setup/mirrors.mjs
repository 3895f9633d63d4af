import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The exact versions of the providers that the stacks require: Terraform takes no others from a mirror. */
export const AWS = {
  address: "registry.terraform.io/hashicorp/aws",
  version: "5.100.0",
  accept: /^5\.100\.0$/,
};
export const GITHUB = {
  address: "registry.terraform.io/integrations/github",
  // The same version as in tasks/github-provider/go.mod and stacks/constructs/github-source.ts.
  version: "6.11.1",
  module: "github.com/integrations/terraform-provider-github/v6",
  accept: /^6\.11\.1$/,
};

/** Terraform's name for this machine's platform, such as linux_amd64. */
export const platform = `${process.platform === "win32" ? "windows" : process.platform}_${
  { x64: "amd64", ia32: "386" }[process.arch] ?? process.arch
}`;

/** Returns folders that can be a filesystem mirror: the one of TF_PLUGIN_MIRROR, Terraform's implied ones, and those of images. */
export function mirrorCandidates(root) {
  const { TF_PLUGIN_MIRROR, XDG_DATA_HOME, XDG_DATA_DIRS } = process.env;
  const shared = (XDG_DATA_DIRS || "/usr/local/share:/usr/share").split(":");
  const implied = [
    join(root, "terraform.d", "plugins"),
    join(homedir(), ".terraform.d", "plugins"),
    ...[XDG_DATA_HOME || join(homedir(), ".local", "share"), ...shared].map((data) =>
      join(data, "terraform", "plugins"),
    ),
    ...(process.platform === "darwin"
      ? [homedir(), "/"].map((base) =>
          join(base, "Library", "Application Support", "io.terraform", "plugins"),
        )
      : []),
  ];
  const images = ["/opt", "/usr/share", "/usr/local/share"];
  // These have many other folders: only those that look like a mirror are listed.
  const found = images.flatMap((base) => folders(base).map((name) => join(base, name))).filter(isMirror);
  const named = TF_PLUGIN_MIRROR ? [TF_PLUGIN_MIRROR] : [];
  return [...new Set([...named, ...implied, ...found])].concat(
    found.length > 0 ? [] : images.map((base) => `${base}/*`),
  );
}

/** Returns the first of the folders with the provider for this platform, unpacked or as a zip archive. */
export function findProvider(candidates, { address, accept }) {
  return candidates.find((mirror) => {
    const folder = join(mirror, address);
    const name = address.split("/").at(-1);
    return entries(folder).some((entry) => {
      const packed = /^terraform-provider-(.+)_(\d+\.\d+\.\d+)_(.+_.+)\.zip$/.exec(entry);
      if (packed) return packed[1] === name && accept.test(packed[2]) && packed[3] === platform;
      return accept.test(entry) && existsSync(join(folder, entry, platform));
    });
  });
}

function isMirror(folder) {
  return existsSync(join(folder, "registry.terraform.io"));
}

function folders(base) {
  return entries(base).filter((name) => statSync(join(base, name), { throwIfNoEntry: false })?.isDirectory());
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    // Missing, not a folder, or not readable.
    return [];
  }
}
