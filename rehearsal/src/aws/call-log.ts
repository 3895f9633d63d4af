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
 * Records every call that is answered, in a file per process, so that another program can compare requests and
 * answers with AWS's published models. Clients repeat the same calls: a repeated line is written as its digest.
 */
export class CallLog {
  private readonly file: string;
  private readonly seen = new Set<string>();

  private constructor(folder: string) {
    this.file = join(folder, `${randomUUID()}.jsonl`);
  }

  /** A log in the existing folder that `REHEARSAL_CALLS` names; without it there is none. */
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
    // Requests hold tokens.
    appendFileSync(this.file, `${text}\n`, { mode: 0o600 });
  }
}
