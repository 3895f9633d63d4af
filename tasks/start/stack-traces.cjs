const { SourceMap } = require("node:module");
const { dirname, resolve } = require("node:path");

/**
 * Makes stack traces name the lines of the sources. Node.js does that too (`process.setSourceMapsEnabled`), but reads
 * the map of every file when it loads the file, which is a third of the time that a command takes to start. Here a map
 * is read when an error is printed.
 *
 * @param {(path: string) => string | undefined} mapOf returns the source map of a file, as JSON
 */
function nameSources(mapOf) {
  const maps = new Map();
  Error.prepareStackTrace = (error, frames) => {
    // cdktf takes a trace of each token into an object, and uses none. They are a tenth of the time of synth.
    if (!(error instanceof Error)) return "";
    return [header(error), ...frames.map((frame) => `    at ${named(frame, maps, mapOf)}`)].join("\n");
  };
}

function header(error) {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function named(frame, maps, mapOf) {
  const [path, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  if (!path || !line) return String(frame);
  if (!maps.has(path)) {
    const map = mapOf(path);
    maps.set(path, map && new SourceMap(JSON.parse(map)));
  }
  const entry = maps.get(path)?.findEntry(line - 1, column - 1);
  if (entry?.originalSource === undefined) return String(frame);
  const source = resolve(dirname(path), entry.originalSource);
  return String(frame).replace(`${path}:${line}:${column}`, () => {
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

module.exports = { nameSources };
