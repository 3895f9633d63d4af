import { createHash, randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelName } from "./model/service-model";

/** One call of a service that is answered here, as it went over the wire. */
export interface Call {
  readonly service: ModelName;
  readonly operation: string;
  /** The body as it came. */
  readonly input: string;
  readonly status: number;
  readonly answer: object;
}

/**
 * Every call that is answered, in a file of its own, so that something else can compare requests and answers with
 * what AWS publishes of its services. Clients ask the same again and again: what has been written once is written
 * the next time as the digest of that line.
 */
export class CallLog {
  readonly #file: string;
  readonly #seen = new Set<string>();

  private constructor(folder: string) {
    this.#file = join(folder, `${randomUUID()}.jsonl`);
  }

  /** A log in the existing folder that `REHEARSAL_CALLS` names; without it there is none. */
  static fromEnvironment(): CallLog | undefined {
    const folder = process.env.REHEARSAL_CALLS;
    return folder ? new CallLog(folder) : undefined;
  }

  add(call: Call): void {
    const line = JSON.stringify(call);
    const digest = createHash("sha256").update(line).digest("hex");
    const isNew = !this.#seen.has(digest);
    this.#seen.add(digest);
    const text = isNew ? `{"digest":"${digest}","call":${line}}` : `{"digest":"${digest}"}`;
    // Requests hold tokens.
    appendFileSync(this.#file, `${text}\n`, { mode: 0o600 });
  }
}
