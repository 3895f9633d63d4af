/**
 * The cdktf CLI as the steps that deploy run it: a `node_modules` of a few megabytes beside the pinned programs. Its
 * packages, 430 MB, are for other commands (`convert`, `get`, `init`) and other platforms.
 */
import { build, type BuildOptions } from "esbuild";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** The files that are copied, by package. cdktf publishes its CLI as two bundles. */
const COPIED: Readonly<Record<string, RegExp>> = {
  "cdktf-cli": /^(package\.json|bundle\/bin\/.*(?<!\.map))$/,
  // esbuild cannot bundle it: its code depends on being a script of its own.
  "yoga-layout-prebuilt": /^(package\.json|yoga-layout\/.*\.js)$/,
  // Built for Node.js 20 and 22: https://github.com/nodejs/node/blob/main/doc/abi_version_registry.json
  "@cdktf/node-pty-prebuilt-multiarch":
    /^(package\.json|lib\/(?!.*\.test\.js$).*\.js|prebuilds\/(linux-x64|linux-arm64|darwin-arm64)\/node\.abi(115|127)\..*)$/,
};

/** The modules that the two bundles require. */
const BUNDLED = ["cdktf/lib/index.js", "cdktf/lib/features.js", "yargs/index.cjs"];

/** The folder of the bundled modules, which are not written. */
const BUNDLES = "bundled";

/** Modules that the CLI loads or looks for when it starts, and does not use to deploy. */
const UNUSED = [
  "@cdktf/hcl-tools/index.js",
  "@cdktf/hcl2cdk/index.js",
  "@cdktf/hcl2json/index.js",
  "jsii-pacmak/bin/jsii-pacmak.js",
  "jsii/bin/jsii.js",
];

/** Returns the files of the CLI by path. `node node_modules/cdktf-cli/bundle/bin/cdktf` starts it. */
export async function cdktfFiles(root: string, options: BuildOptions): Promise<Record<string, Uint8Array>> {
  const packages = join(root, "node_modules");
  const copied = await Promise.all(Object.entries(COPIED).map((entry) => copies(packages, ...entry)));
  const { outputFiles = [] } = await build({
    ...options,
    write: false,
    absWorkingDir: root,
    // The CLI is not written for ES modules.
    mainFields: ["main"],
    entryPoints: BUNDLED.map((file) => join("node_modules", file)),
    outbase: "node_modules",
    // Not where the packages are: nothing may overwrite them.
    outdir: BUNDLES,
  });
  return {
    ...Object.fromEntries(copied.flat()),
    ...Object.fromEntries(
      outputFiles.map(({ path, contents }) => [
        `node_modules/${relative(join(root, BUNDLES), path).replaceAll("\\", "/")}`,
        contents,
      ]),
    ),
    ...Object.fromEntries(
      UNUSED.map((file) => [`node_modules/${file}`, Buffer.from("module.exports = {};\n")]),
    ),
    "node_modules/cdktf/package.json": Buffer.from('{ "main": "lib/index.js" }\n'),
    "node_modules/yargs/package.json": Buffer.from('{ "main": "index.js" }\n'),
    // The CLI lists this folder when it starts.
    "node_modules/cdktf-cli/bundle/templates/.keep": Buffer.alloc(0),
  };
}

/** Reads the files of a package whose path matches. */
async function copies(packages: string, name: string, wanted: RegExp): Promise<[string, Buffer][]> {
  const folder = join(packages, name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((file) => wanted.test(file));
  return Promise.all(
    files.map(
      async (file) =>
        [`node_modules/${name}/${file}`, await readFile(join(folder, file))] as [string, Buffer],
    ),
  );
}
