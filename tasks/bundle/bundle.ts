import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { ZipFile } from "yazl";
import { cdktfFiles } from "./cdktf-cli";
import { programFiles, programTasks } from "./programs";
import { runProgram } from "../program";

const ROOT = join(__dirname, "../..");

/** A file that `bundle` wrote. */
export interface Bundle {
  file: string;
  bytes: number;
}

/**
 * @hono/zod-openapi imports all of zod with its messages in sixty languages, 40 kB of a zip, and uses only the English
 * ones.
 */
const englishOnly: Plugin = {
  name: "english-only",
  setup: (build) =>
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    })),
};

const common = {
  bundle: true,
  platform: "node",
  // ES modules where a package has them: esbuild removes unused code only from those.
  mainFields: ["module", "main"],
  legalComments: "none",
  // The same code regardless of tsconfig.json and of the folder.
  tsconfigRaw: {},
  write: false,
  logLevel: "warning",
} satisfies BuildOptions;

/**
 * Bundles the functions of `root`/lambda-src and the integration tests into `out`. The same sources give the same
 * bytes in any folder at any time, so a function is deployed only when its code has changed.
 *
 * @throws esbuild's error, which names file and line, when something does not compile
 */
export async function bundle(root = ROOT, out = join(root, "dist")): Promise<Bundle[]> {
  const [functions, tests] = await Promise.all([functionNames(root), integrationTests(root)]);
  // A renamed or deleted function must not be deployed or run.
  await Promise.all(
    ["lambda", "integration", "programs"].map((name) =>
      rm(join(out, name), { recursive: true, force: true }),
    ),
  );
  const bundles = await Promise.all([
    ...functions.map((name) => bundleFunction(root, name, join(out, "lambda"))),
    bundleTests(root, tests, join(out, "integration")),
    bundlePrograms(root, join(out, "programs")),
  ]);
  return Promise.all(bundles.flat().map(async (file) => ({ file, bytes: (await stat(file)).size })));
}

/** The folders of lambda-src that are functions. A test compares them with stacks/functions.ts. */
async function functionNames(root: string): Promise<string[]> {
  const entries = await readdir(join(root, "lambda-src"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== "shared")
    .map((entry) => entry.name)
    .sort();
}

async function integrationTests(root: string): Promise<string[]> {
  const suffix = ".test.ts";
  const files = await readdir(join(root, "__tests__/integration"));
  return files
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

/** The options that bundle a function. */
export function functionOptions(root: string, name: string) {
  return {
    ...common,
    absWorkingDir: root,
    entryPoints: [`lambda-src/${name}/handler.ts`],
    plugins: [englishOnly],
    outfile: `dist/lambda/${name}/index.js`,
    format: "cjs",
    target: "node22",
    minify: true,
    // Keeps stack traces readable without the source map, which is as large as the code and not deployed.
    keepNames: true,
    sourcemap: "external",
    sourcesContent: false,
  } satisfies BuildOptions;
}

/** Writes <out>/<name>/index.js, its source map, and <out>/<name>.zip for Lambda. */
async function bundleFunction(root: string, name: string, out: string): Promise<string> {
  const { outputFiles } = await build(functionOptions(root, name));
  const folder = join(out, name);
  await mkdir(folder, { recursive: true });
  await Promise.all(
    outputFiles.map(({ path, contents }) =>
      writeFile(join(folder, path.endsWith(".map") ? "index.js.map" : "index.js"), contents),
    ),
  );
  const code = outputFiles.find(({ path }) => path.endsWith(".js"));
  if (code === undefined) throw new Error(`esbuild produced no code from lambda-src/${name}/handler.ts.`);
  const file = `${folder}.zip`;
  await writeZip(file, { "index.js": code.contents });
  return file;
}

/**
 * Writes <out>/<name>.test.mjs for each test, which runs with nothing but Node.js: `node --test <file>`. By one build,
 * which reads the packages that they share once.
 */
async function bundleTests(root: string, names: readonly string[], out: string): Promise<string[]> {
  const { outputFiles } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: names.map((name) => `__tests__/integration/${name}.test.ts`),
    outdir: "dist/integration",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    target: "node20",
    // CommonJS dependencies require Node's own modules.
    banner: {
      js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);',
    },
  });
  await mkdir(out, { recursive: true });
  return Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      const file = join(out, basename(path));
      await writeFile(file, contents);
      return file;
    }),
  );
}

/** A task runs as a program when Node.js has started its script, which a bundle of all tasks cannot see by `module`. */
const startedByName: Plugin = {
  name: "started-by-name",
  setup: (build) =>
    build.onLoad({ filter: /[\\/]tasks[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(
        "require.main === module",
        `require.main?.filename.endsWith("/${basename(path, ".ts")}.js")`,
      ),
      loader: "ts",
    })),
};

/**
 * Writes the pinned programs into <out> and <out>.zip: one bundle, because they share the AWS SDK, and a script for each
 * that loads its part. Not compressed: the pipeline pins the zip's digest, and compressed bytes depend on the version of
 * Node.js, which differs in a build.
 */
async function bundlePrograms(root: string, out: string): Promise<string> {
  const options = { ...common, format: "cjs", target: "node20", minify: true, keepNames: true } as const;
  const parts = programTasks.map((task) => `"${basename(task)}": () => require("./tasks/${task}"),`);
  const [{ outputFiles }, cdktf, others] = await Promise.all([
    build({
      ...options,
      absWorkingDir: root,
      plugins: [startedByName],
      stdin: { contents: `module.exports = {\n${parts.join("\n")}\n};`, resolveDir: root },
    }),
    cdktfFiles(root, options),
    programFiles(root),
  ]);
  const files: Record<string, Uint8Array> = {
    "dist/tasks/all.js": outputFiles[0]!.contents,
    ...cdktf,
    ...others,
  };
  for (const name of programTasks.map((task) => basename(task))) {
    files[`dist/tasks/${name}.js`] = Buffer.from(`module.exports = require("./all.js")["${name}"]();\n`);
  }
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(out, name)), { recursive: true });
    await writeFile(join(out, name), contents);
  }
  const file = `${out}.zip`;
  await writeZip(file, files, { compress: false });
  return file;
}

/** Writes a zip whose bytes depend on `contents` alone. */
async function writeZip(
  file: string,
  contents: Record<string, Uint8Array>,
  { compress }: { compress: boolean } = { compress: true },
): Promise<void> {
  const zip = new ZipFile();
  for (const name of Object.keys(contents).sort()) {
    zip.addBuffer(Buffer.from(contents[name] ?? []), name, {
      // The earliest time that a zip can have, in local time as its fields are, without the field in UTC.
      mtime: new Date(1980, 0, 1),
      forceDosTimestamp: true,
      compress,
      mode: 0o100644,
    });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}

async function main(): Promise<void> {
  for (const { file, bytes } of await bundle()) {
    console.log(`${relative(ROOT, file)}  ${Math.round(bytes / 1000)} kB`);
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
// esbuild prints what does not compile.
if (require.main === module) runProgram(main);
