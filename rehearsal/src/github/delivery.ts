import { createHmac, randomUUID } from "node:crypto";
import type { Schemas } from "./described";
import type { SessionLog } from "../session-log";
import type { Hook } from "./hooks";

/**
 * An attempt to deliver an event to a hook, as GitHub's API shows it: `status` is "OK" or the error, `status_code` the
 * receiver's, or 502 if it did not respond and 504 after a timeout, and `guid` is the same for an event and its
 * redeliveries. It never contains the hook's secret.
 */
export type Delivery = Schemas["hook-delivery"] & {
  readonly request: { headers: Record<string, string>; payload: Payload };
  readonly hook_id: number;
};

/** An event with its payload. */
export type Payload = { [key: string]: unknown };

type Outcome = Pick<Delivery, "status" | "status_code" | "response">;

/** Milliseconds GitHub waits for a receiver's answer. */
const TIMEOUT = 10_000;
/** How many deliveries are kept. */
const LOG_LENGTH = 100;
/** Bytes of a receiver's answer that are kept. */
const BODY_LIMIT = 64 * 1024;

/** Delivers events to hooks and keeps the last hundred attempts. */
export class Deliveries {
  private readonly log: Delivery[] = [];
  private readonly pending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private lastId = 0;

  /** `target` is the numeric id of the repository, which receivers find in a header. */
  constructor(
    private readonly target: number,
    private readonly errors: SessionLog,
  ) {}

  /** Oldest first. */
  all(): readonly Delivery[] {
    return [...this.log];
  }

  /** Sends an event to a hook in the background; the attempt enters the log when it is over. */
  send(hook: Hook, event: string, payload: Payload, earlier?: Delivery): void {
    const attempt = this.attempt(hook, event, payload, earlier)
      .catch((error: unknown) => this.errors.error(`The delivery of ${event} to hook ${hook.id}`, error))
      .finally(() => this.pending.delete(attempt));
    this.pending.add(attempt);
  }

  /** Sends the event of an earlier delivery again, under the same guid. */
  redeliver(hook: Hook, earlier: Delivery): void {
    this.send(hook, earlier.event, earlier.request.payload, earlier);
  }

  /** Waits until no delivery is in progress. */
  async idle(): Promise<void> {
    await Promise.all(this.pending);
  }

  /** Aborts deliveries in progress. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.pending);
  }

  private async attempt(hook: Hook, event: string, payload: Payload, earlier?: Delivery): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const guid = earlier?.guid ?? randomUUID();
    const body = encode(payload, hook.config.content_type);
    const headers = this.headers(hook, event, guid, body);
    const begin = Date.now();
    const outcome = await this.post(hook.config.url, headers, body);
    hook.last_response = { code: outcome.status_code, status: outcome.status, message: outcome.status };
    this.log.push({
      id: ++this.lastId,
      guid,
      event,
      action: typeof payload.action === "string" ? payload.action : null,
      installation_id: null,
      repository_id: this.target,
      hook_id: hook.id,
      delivered_at: new Date(begin).toISOString(),
      duration: (Date.now() - begin) / 1000,
      ...outcome,
      request: { headers, payload },
      redelivery: earlier !== undefined,
    });
    if (this.log.length > LOG_LENGTH) this.log.shift();
  }

  private headers(hook: Hook, event: string, guid: string, body: string): Record<string, string> {
    const { content_type, secret } = hook.config;
    return {
      Accept: "*/*",
      "Content-Type": content_type === "json" ? "application/json" : "application/x-www-form-urlencoded",
      "User-Agent": "GitHub-Hookshot/rehearsal",
      "X-GitHub-Delivery": guid,
      "X-GitHub-Event": event,
      "X-GitHub-Hook-ID": String(hook.id),
      "X-GitHub-Hook-Installation-Target-ID": String(this.target),
      "X-GitHub-Hook-Installation-Target-Type": "repository",
      ...(secret ? signatures(secret, body) : {}),
    };
  }

  private async post(url: string, headers: Record<string, string>, body: string): Promise<Outcome> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(TIMEOUT)]);
    try {
      // GitHub follows no redirect either.
      const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
      return {
        status: answer.ok ? "OK" : `Invalid HTTP Response: ${answer.status}`,
        status_code: answer.status,
        response: { headers: Object.fromEntries(answer.headers), payload: await beginning(answer) },
      };
    } catch (error) {
      const late = error instanceof DOMException && error.name === "TimeoutError";
      return {
        status: late ? "timed out" : "failed to connect to host",
        status_code: late ? 504 : 502,
        response: { headers: {}, payload: "" },
      };
    }
  }
}

/** Returns the headers that show the receiver that the sender has the secret. */
function signatures(secret: string, body: string): Record<string, string> {
  const sign = (algorithm: string) => createHmac(algorithm, secret).update(body).digest("hex");
  return {
    "X-Hub-Signature": `sha1=${sign("sha1")}`,
    "X-Hub-Signature-256": `sha256=${sign("sha256")}`,
  };
}

function encode(payload: Payload, contentType: Hook["config"]["content_type"]): string {
  const json = JSON.stringify(payload);
  return contentType === "json" ? json : new URLSearchParams({ payload: json }).toString();
}

/** Reads the first part of a response body, and no more. */
async function beginning(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length >= BODY_LIMIT) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_LIMIT).toString();
}
