import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import type * as Playwright from "playwright-core";

/** Programs that are Chromium, by the names distributions give it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Without a sandbox, which root cannot have, and without looking for anything beyond this machine. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

type Found =
  | { readonly launch: (...more: string[]) => Promise<Playwright.Browser> }
  | { readonly missing: string };

/** A browser of this machine, or what is missing for one. */
function findBrowser(): Found {
  const executablePath = findChromium();
  if (!executablePath) return { missing: `Chromium is not installed (looked for ${NAMES.join(", ")})` };
  let playwright: typeof Playwright;
  try {
    playwright = createRequire(__filename)("playwright-core") as typeof Playwright;
  } catch {
    return { missing: "playwright-core is not installed (npm ci)" };
  }
  return {
    launch: (...more) => playwright.chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] }),
  };
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const found = findBrowser();
/** What is missing for a browser, if anything is. */
export const missing = "missing" in found ? found.missing : undefined;

/**
 * Starts the browser; resolves with nothing where there is none and its tests are skipped.
 * @param more arguments besides those every test has
 * @throws with what is missing in CI
 */
export async function launchBrowser(...more: string[]): Promise<Playwright.Browser | undefined> {
  if (!("missing" in found)) return found.launch(...more);
  if (process.env.CI === "true") throw new Error(found.missing);
  return undefined;
}
