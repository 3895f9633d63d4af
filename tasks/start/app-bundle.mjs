import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Above this mark are the code and its source map, below it the inputs that they were made of. */
const INPUTS = "\n//inputs ";

/**
 * A program and all packages that it uses, in one file.
 *
 * @typedef {object} Bundle
 * @property {string} file
 * @property {string} code
 * @property {string} digest identifies the code
 * @property {boolean} isNew whether it was just made
 */

/**
 * Returns the bundle of a program, which is made again when one of its inputs has changed.
 *
 * @param {string} root the project's folder
 * @param {string} entry the program, below root
 * @returns {Promise<Bundle>}
 */
export async function bundleOf(root, entry) {
  const file = join(root, ".cache/app/app.js");
  const kept = read(file);
  const at = kept?.lastIndexOf(INPUTS) ?? -1;
  if (at >= 0) {
    const inputs = kept.slice(at + INPUTS.length);
    if (inputs === stateOf(root, Object.keys(JSON.parse(inputs)))) return bundle(file, kept, inputs, false);
  }
  const { code, inputs } = await build(root, entry, file);
  const whole = `${code}${INPUTS}${inputs}`;
  write(file, whole);
  return bundle(file, whole, inputs, true);
}

function bundle(file, code, inputs, isNew) {
  return { file, code, isNew, digest: createHash("sha256").update(inputs).digest("hex") };
}

async function build(root, entry, outfile) {
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const [map, code] = outputFiles;
  write(map.path, map.text);
  return { code: code.text, inputs: stateOf(root, Object.keys(metafile.inputs)) };
}

/** Returns the state of files as JSON. Those of packages are many, and change when npm installs others. */
function stateOf(root, paths) {
  const state = (path) => {
    const file = join(root, path);
    if (!path.includes("node_modules/")) return createHash("sha256").update(readFileSync(file)).digest("hex");
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  };
  try {
    return JSON.stringify(Object.fromEntries(paths.map((path) => [path, state(path)])));
  } catch {
    // One is gone.
    return "";
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Writes atomically: another process can be reading the file. */
function write(file, content) {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}
