import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { get } from "node:https";
import { join, resolve } from "node:path";
import { report, run, SetupError } from "./command.mjs";
import { isLocked, packageHash } from "./locked.mjs";
import { AWS, GITHUB, findProvider, mirrorCandidates, platform } from "./mirrors.mjs";
import { digest, readStamp, writeWhole } from "./stamp.mjs";

const REGISTRY = "https://registry.terraform.io/.well-known/terraform.json";
/** Seconds the registry has to answer: without internet, everybody waits this long, once. */
const PATIENCE = 5;

/**
 * Sees to it that Terraform can install the two providers, with or without the Terraform registry, and
 * writes how to .cache/terraform.rc. Your own TF_CLI_CONFIG_FILE is respected if it exists. What
 * was found out is kept in .cache/providers.json and not asked again.
 *
 * @param {string} root the project's folder
 */
export async function prepareProviders(root) {
  const own = process.env.TF_CLI_CONFIG_FILE;
  if (own && existsSync(own)) return;
  const rc = join(root, ".cache", "terraform.rc");
  const stamp = join(root, ".cache", "providers.json");
  const wanted = digest(
    AWS.version,
    readFileSync(join(root, "tasks/github-provider/go.sum")),
    readFileSync(join(root, ".terraform.lock.hcl")),
    rc,
  );
  const before = JSON.parse(readStamp(stamp) ?? "{}");
  if (before.wanted === wanted && existsSync(rc) && before.folders.every((folder) => existsSync(folder)))
    return;

  const { text, folders } = (await registryAnswers()) ? withRegistry(root) : await withMirrors(root);
  writeWhole(rc, `# Written by tasks/setup.mjs; remove this file to have it made again.\n${text}`);
  writeWhole(stamp, JSON.stringify({ wanted, folders }));
}

/** Asks with curl, which knows proxies and certificates from the environment as Terraform does and Node.js does not. */
async function registryAnswers() {
  const { code } = await run("curl", ["-fsS", "-o", "/dev/null", "--max-time", `${PATIENCE}`, REGISTRY]);
  if (code !== undefined) return code === 0;
  return new Promise((done) => {
    const request = get(REGISTRY, { timeout: PATIENCE * 1000 }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => done(false));
    request.on("close", () => done(false));
  });
}

function withRegistry(root) {
  const cache = process.env.TF_PLUGIN_CACHE_DIR || join(root, ".cache", "plugin-cache");
  mkdirSync(cache, { recursive: true });
  // One copy of the AWS provider (707 MB) for all stacks. Without an entry in a lock file, Terraform uses a
  // cache only with this option; the stacks are generated and keep no lock file that it could break.
  const text = `plugin_cache_dir = ${JSON.stringify(resolve(cache))}\nplugin_cache_may_break_dependency_lock_file = true\n`;
  return { text, folders: [resolve(cache)] };
}

async function withMirrors(root) {
  const candidates = mirrorCandidates(root);
  const aws = findProvider(candidates, AWS);
  if (!aws) throw new SetupError(nothingFound(candidates));
  const github = findProvider(candidates, GITHUB) ?? (await buildGithubProvider(root));
  const block = (path, { address }) =>
    `  filesystem_mirror {\n    path    = ${JSON.stringify(path)}\n    include = [${JSON.stringify(address)}]\n  }\n`;
  return {
    text: `provider_installation {\n${block(aws, AWS)}${block(github, GITHUB)}}\n`,
    folders: [join(aws, AWS.address), join(github, GITHUB.address)],
  };
}

function nothingFound(candidates) {
  return (
    `Terraform's AWS provider (${AWS.address} ${AWS.version}, ${platform}) cannot be installed: ` +
    `${REGISTRY} does not answer, and no copy was found in\n  ${candidates.join("\n  ")}\n` +
    "Either allow access to registry.terraform.io and releases.hashicorp.com, or set TF_PLUGIN_MIRROR to a folder " +
    "with the providers (made on another machine by: terraform providers mirror FOLDER)."
  );
}

/**
 * Builds the provider from its Go module, which comes from Go's module proxy. About a minute, once. The same Go makes
 * the same bytes of it on every machine, and the lock file has their hash: Terraform takes no other.
 */
async function buildGithubProvider(root) {
  const mirror = join(root, ".cache", "providers");
  const folder = join(mirror, GITHUB.address, GITHUB.version, platform);
  const binary = join(folder, `terraform-provider-github_v${GITHUB.version}`);
  // One that another version of Go has built is another provider to Terraform.
  if (existsSync(binary) && isLocked(root, packageHash(folder))) return mirror;
  if ((await run("go", ["version"])).code !== 0) {
    throw new SetupError(
      "The Terraform registry does not answer, so the GitHub provider has to be built from source, and that needs " +
        "Go 1.24 or newer: not found. Get it from https://go.dev/dl/, or set TF_PLUGIN_MIRROR to a folder that " +
        `has ${GITHUB.address} ${GITHUB.version}.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  // The build writes elsewhere first, so an existing provider is complete.
  const partial = join(mirror, `building-${process.pid}`);
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", partial, GITHUB.module];
  await report(
    "Building Terraform's GitHub provider (go build)",
    run("go", args, {
      cwd: join(root, "tasks", "github-provider"),
      // Cgo would tie it to this machine's C compiler, which may be missing. Go gets the toolchain where it is another.
      env: { CGO_ENABLED: "0", GOTOOLCHAIN: toolchain(root), GOFLAGS: "", GOAMD64: "v1", GOARM64: "v8.0" },
    }),
    "If Go's module proxy (go env GOPROXY) was out of reach, check the connection and repeat.",
  );
  renameSync(partial, binary);
  const hash = packageHash(folder);
  if (isLocked(root, hash)) return mirror;
  rmSync(binary);
  throw new SetupError(
    `Terraform's GitHub provider was built, but its hash is ${hash}, and .terraform.lock.hcl has none of that for ` +
      `${platform}. Remove what changes how Go builds (go env -changed) and repeat, or set TF_PLUGIN_MIRROR to a ` +
      `folder that has ${GITHUB.address} ${GITHUB.version} as it was released.`,
  );
}

/** The Go that the lock file's hashes are of. https://go.dev/doc/toolchain#select */
function toolchain(root) {
  return /^toolchain (go\S+)$/m.exec(readFileSync(join(root, "tasks/github-provider/go.mod"), "utf8"))[1];
}
