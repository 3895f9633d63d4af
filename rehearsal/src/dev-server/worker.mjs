import { createRequire } from "node:module";
import process from "node:process";
import { parentPort } from "node:worker_threads";

// The thread that a function runs in: loads a version on request, and calls the latest.
// Packages stay loaded, so that a new version takes milliseconds.
// Plain JavaScript, because it starts without a loader.

const require = createRequire(import.meta.url);
process.setSourceMapsEnabled(true);

let handler;

async function answer({ load, event, context }) {
  if (load !== undefined) {
    delete require.cache[load];
    const loaded = require(load).handler;
    if (typeof loaded !== "function") throw new Error("handler.ts exports no function named handler.");
    handler = loaded;
    return undefined;
  }
  const { deadline, ...rest } = context;
  const result = await handler(event, { ...rest, getRemainingTimeInMillis: () => deadline - Date.now() });
  // As Lambda passes it on.
  return JSON.stringify(result);
}

parentPort.on("message", async ({ id, ...message }) => {
  try {
    parentPort.postMessage({ id, result: await answer(message) });
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.stack : String(error) });
  }
});
