import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sbomOf } from "../../../tasks/provenance/sbom";
import { root, source } from "./built-commit";

/** This project's packages. */
const own = {
  "package.json": readFileSync(join(root, "package.json"), "utf8"),
  "package-lock.json": readFileSync(join(root, "package-lock.json"), "utf8"),
};

interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
}

describe("sbomOf", () => {
  let sbom: string;
  beforeAll(async () => {
    sbom = await sbomOf(source(own), "heavy-water");
  });

  it("lists every package of the lock file, with its version and hash", () => {
    const { bomFormat, specVersion, metadata, components } = JSON.parse(sbom) as Sbom;
    expect({ bomFormat, specVersion, name: metadata.component.name }).toEqual({
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      name: "heavy-water",
    });
    const lock = JSON.parse(own["package-lock.json"]) as {
      packages: Record<string, { name?: string; version?: string; integrity?: string; link?: boolean }>;
    };
    const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && !link);
    // A package that is installed under another name has its own in the lock file, and in its URL.
    const locked = packages.map(
      ([path, { name, version }]) => `pkg:npm/${name ?? path.replace(/^.*node_modules\//, "")}@${version}`,
    );
    const listed = components.map(({ purl }) => decodeURIComponent(purl.replace(/\?.*/, "")));
    expect(listed.sort()).toEqual([...new Set(locked)].sort());
    // Of a package that another one brings in its own archive there is no hash.
    const hashes = components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content));
    expect(hashes.length).toBeGreaterThan(500);
    const integrities = packages.map(([, { integrity = "" }]) =>
      Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
    );
    expect(hashes.filter((hash) => !integrities.includes(hash))).toEqual([]);
  });

  it("is the same text each time, so that commits with the same packages share it", async () => {
    expect(await sbomOf(source(), "heavy-water")).toBe(await sbomOf(source(), "heavy-water"));
  });

  it("neither reads the commit's configuration nor runs its code", async () => {
    const manifest = JSON.parse(own["package.json"]) as object;
    const hostile = source({
      ...own,
      ".npmrc": "registry=http://localhost:1\nscript-shell=/bin/false\nomit=dev",
      "package.json": JSON.stringify({ ...manifest, workspaces: ["../*"], scripts: { prepare: "exit 1" } }),
    });
    expect(await sbomOf(hostile, "heavy-water")).toBe(sbom);
  });

  it.each([
    ["package-lock.json", "[]", "package-lock.json of the commit is not a JSON object"],
    ["package.json", "{", "package.json of the commit is not a JSON object"],
    [
      "package.json",
      '{"name":"a","version":"1.0.0","dependencies":{"no-such-package":"1.0.0"}}',
      /npm cannot list the packages of the commit[^]*missing/,
    ],
  ])("refuses a %s such as %s", async (file, contents, message) => {
    process.env.npm_config_loglevel = "silent";
    await expect(sbomOf(source({ [file]: contents }), "heavy-water")).rejects.toThrow(message);
  });
});
