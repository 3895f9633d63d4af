import { missing } from "./browser";

/** A test in a browser. On a workstation without one, the others are still worth running; CI fails without one. */
export const inBrowser = missing === undefined || process.env.CI === "true" ? it : it.skip;

/** Says once for a file that its tests are skipped: jest leaves out what such a file writes to its console. */
export function tellIfMissing(): void {
  if (missing !== undefined) process.stderr.write(`The page is not tried in a browser: ${missing}.\n`);
}
