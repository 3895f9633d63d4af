import { createHash, randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelName } from "./model/service-model";

/** One call of a service that is answered here, as sent over the wire. */
export interface Call {
  readonly service: ModelName;
  readonly operation: string;
  /** The request body as received. */
  readonly input: string;
  readonly status: number;
  readonly answer: object;
}

/**
 * Records every answered call in one file per process, for a comparison of requests and responses with the models
 * that AWS publishes. Of a repeated call, only the digest is written.
 */
export class CallLog {
  private readonly file: string;
  private readonly seen = new Set<string>();

  private constructor(folder: string) {
    this.file = join(folder, `${randomUUID()}.jsonl`);
  }

  /** Returns a log in the existing folder `REHEARSAL_CALLS`, or undefined if the variable is not set. */
  static fromEnvironment(): CallLog | undefined {
    const folder = process.env.REHEARSAL_CALLS;
    return folder ? new CallLog(folder) : undefined;
  }

  add(call: Call): void {
    const line = JSON.stringify(call);
    const digest = createHash("sha256").update(line).digest("hex");
    const isNew = !this.seen.has(digest);
    this.seen.add(digest);
    const text = isNew ? `{"digest":"${digest}","call":${line}}` : `{"digest":"${digest}"}`;
    // Requests contain tokens.
    appendFileSync(this.file, `${text}\n`, { mode: 0o600 });
  }
}
