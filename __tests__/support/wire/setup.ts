import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Has every rehearsal of this run, in whatever process, write down its calls; the teardown looks at them. */
export default function setup(): void {
  process.env.REHEARSAL_CALLS = mkdtempSync(join(tmpdir(), "rehearsal-calls-"));
}
