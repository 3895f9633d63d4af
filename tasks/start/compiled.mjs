import { Buffer } from "node:buffer";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

/**
 * Runs a bundle with what V8 compiled of it in an earlier run: compiling is a third of the time of synth. (Node.js has
 * that built in from version 22: https://nodejs.org/api/module.html#moduleenablecompilecachecachedir)
 *
 * @param {import("./app-bundle.mjs").Bundle} bundle
 */
export function runCompiled({ file, code, digest, isNew }) {
  const kept = `${file}.compiled`;
  const cachedData = isNew ? undefined : compiledOf(kept, digest);
  const script = new Script(Module.wrap(code), { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  // After the run, because V8 compiles a function when it is first called. The first run of a bundle can be its only
  // one, as in a build.
  if (isNew || (cachedData && !script.cachedDataRejected)) return;
  writeFileSync(`${kept}.${process.pid}`, Buffer.concat([Buffer.from(digest), script.createCachedData()]));
  renameSync(`${kept}.${process.pid}`, kept);
}

/** V8 compares the length of the source only, so the file begins with the digest of the bundle. */
function compiledOf(kept, digest) {
  try {
    const data = readFileSync(kept);
    return data.toString("latin1", 0, digest.length) === digest ? data.subarray(digest.length) : undefined;
  } catch {
    return undefined;
  }
}
