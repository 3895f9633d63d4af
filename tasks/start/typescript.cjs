const { createHash } = require("node:crypto");
const {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require("node:fs");
const Module = require("node:module");
const { basename, join } = require("node:path");
const { nameSources } = require("./stack-traces.cjs");

const cache = join(__dirname, "../../.cache/typescript");
const MAP = "//# sourceMappingURL=data:application/json;base64,";
/** Days after which a compiled file is deleted: it can be of a source that has changed since. */
const KEPT_DAYS = 30;

/**
 * Makes `require` read TypeScript. What esbuild makes of a file is kept in .cache/typescript by the digest of the file,
 * so most commands start without esbuild. Types are not checked here; `npm run check` does.
 */
function readTypeScript() {
  // A change of these files compiles everything again.
  const compiler = [__filename, require.resolve("esbuild/package.json")].map((path) => readFileSync(path));
  mkdirSync(cache, { recursive: true });
  const codes = new Map();
  Module._extensions[".ts"] = (module, path) => {
    codes.set(path, compiled(path, compiler));
    module._compile(codes.get(path), path);
  };
  nameSources((path) => (codes.has(path) ? mapIn(codes.get(path)) : undefined));
}

function compiled(path, compiler) {
  const source = readFileSync(path);
  const file = join(cache, `${digest(...compiler, basename(path), source)}.js`);
  try {
    return readFileSync(file, "utf8");
  } catch {
    const code = compile(path, source);
    // Atomically: another command can be reading it.
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
    return code;
  }
}

function compile(path, source) {
  deleteOld();
  const { transformSync } = require("esbuild");
  const { code } = transformSync(source, {
    loader: "ts",
    format: "cjs",
    platform: "node",
    target: "node20",
    // In the folder of the file that is run: it can be a copy.
    sourcefile: basename(path),
    sourcemap: "inline",
    sourcesContent: false,
    // As in tsconfig.json: https://esbuild.github.io/content-types/#tsconfig-json
    tsconfigRaw: { compilerOptions: { target: "ES2022" } },
  });
  return code;
}

let isCleaned = false;
function deleteOld() {
  if (isCleaned) return;
  isCleaned = true;
  const oldest = Date.now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
  for (const name of readdirSync(cache)) {
    const file = join(cache, name);
    const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < oldest) rmSync(file, { force: true });
  }
}

function mapIn(code) {
  const at = code.lastIndexOf(MAP);
  return Buffer.from(code.slice(at + MAP.length, code.indexOf("\n", at)), "base64").toString();
}

function digest(...contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content).update("\0");
  return hash.digest("hex");
}

module.exports = { readTypeScript };
