const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join, relative } = require("node:path");
const { nameSources } = require("./stack-traces.cjs");

const root = join(__dirname, "../..");
const cache = join(root, ".cache/typescript");
const MAP = "//# sourceMappingURL=data:application/json;base64,";

/**
 * Makes `require` read TypeScript. What esbuild makes of a file is kept in .cache/typescript until the file changes, so
 * most commands start without esbuild. Types are not checked here; `npm run check` does.
 */
function readTypeScript() {
  // A change of these files compiles everything again.
  const compiler = [__filename, require.resolve("esbuild/package.json")].map((path) => readFileSync(path));
  mkdirSync(cache, { recursive: true });
  Module._extensions[".ts"] = (module, path) => module._compile(compiled(path, compiler), path);
  nameSources((path) => (path.endsWith(".ts") ? mapIn(read(keptFile(path))) : undefined));
}

function compiled(path, compiler) {
  const source = readFileSync(path);
  const mark = `//${digest(...compiler, source)}\n`;
  const kept = read(keptFile(path));
  if (kept.endsWith(mark)) return kept;
  const code = `${compile(path, source)}${mark}`;
  // Atomically: another command can be reading it.
  const partial = `${keptFile(path)}.${process.pid}`;
  writeFileSync(partial, code);
  renameSync(partial, keptFile(path));
  return code;
}

function compile(path, source) {
  const { transformSync } = require("esbuild");
  const { code } = transformSync(source, {
    loader: "ts",
    format: "cjs",
    platform: "node",
    target: "node20",
    sourcefile: path,
    sourcemap: "inline",
    sourcesContent: false,
    // As in tsconfig.json: https://esbuild.github.io/content-types/#tsconfig-json
    tsconfigRaw: { compilerOptions: { target: "ES2022" } },
  });
  return code;
}

function keptFile(path) {
  return join(cache, `${encodeURIComponent(relative(root, path))}.js`);
}

function mapIn(code) {
  const at = code.lastIndexOf(MAP);
  if (at < 0) return undefined;
  return Buffer.from(code.slice(at + MAP.length, code.indexOf("\n", at)), "base64").toString();
}

function digest(...contents) {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex");
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

module.exports = { readTypeScript };
