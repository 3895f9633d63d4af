import { createHash, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { verificationDocument } from "../../stacks/names";
import type { Send } from "../service-client/service-client";
import type { ApiRequest } from "../service-client/signed-request";

/** How its content begins. A document of the same name that begins differently is a user's, and stays as it is. */
const MARK = "The pipeline verifies production with this document, and deletes it. ";

/** Milliseconds for each check. A single refused request, such as one that is throttled, fails none. */
export interface VerificationLimits {
  readonly answered: number;
  /** S3 delivers an event typically in seconds, and sometimes in a minute or longer. */
  readonly processed: number;
  readonly between: number;
}

const LIMITS: VerificationLimits = { answered: 60_000, processed: 5 * 60_000, between: 1_000 };

/** The most milliseconds for one request: an HTTP API gives up after 30 seconds. */
const REQUEST = 35_000;

/**
 * Checks that an API answers, and that a document is stored, processed and deleted.
 *
 * @param version the version of its function that the API must answer with; undefined if it can be another
 * @param send sends requests that the API authorizes
 * @throws Error with what is wrong
 */
export async function verify(
  url: string,
  version: string | undefined,
  limits: VerificationLimits = LIMITS,
  send: Send = fetch,
): Promise<void> {
  const within = <T>(milliseconds: number, check: () => Promise<T>) =>
    repeat(check, milliseconds, limits.between);
  await within(limits.answered, () => checkHealth(url, version));
  await within(limits.answered, () => deleteVerificationDocument(url, send));
  const content = MARK + randomUUID();
  await within(limits.answered, () => upload(url, content, send));
  await within(limits.processed, () => checkProcessed(url, content, send));
  await within(limits.answered, () => deleteVerificationDocument(url, send));
}

async function checkHealth(url: string, version: string | undefined): Promise<void> {
  const response = await request(`${url}/health`, {}, fetch);
  const { text } = expectStatus(response, 200);
  const health = JSON.parse(text) as { status?: string; version?: string };
  if (health.status !== "ok") throw new Error(`GET /health answered ${text}.`);
  // Not by the commit: a later run can deliver another one with the same version. Another service may not report it.
  if (version !== undefined && health.version !== undefined && health.version !== version)
    throw new Error(`GET /health answered with version ${health.version}, not with ${version}.`);
}

async function upload(url: string, body: string, send: Send): Promise<void> {
  const headers = { "content-type": "text/plain" };
  expectStatus(await request(location(url), { method: "PUT", headers, body }, send), 200, 201);
}

async function checkProcessed(url: string, content: string, send: Send): Promise<void> {
  const { text } = expectStatus(await request(`${location(url)}/metadata`, {}, send), 200);
  const { sha256 } = JSON.parse(text) as { sha256?: string };
  const expected = createHash("sha256").update(content).digest("hex");
  if (sha256 !== expected)
    throw new Error(`The metadata of ${verificationDocument} has the SHA-256 ${sha256}, not ${expected}.`);
}

/**
 * Deletes the document if there is one, such as that of an interrupted verification.
 *
 * @throws Error if it cannot be deleted, or if it is a user's
 */
export async function deleteVerificationDocument(url: string, send: Send = fetch): Promise<void> {
  const found = await request(location(url), {}, send);
  if (found.status === 404) return;
  const { text } = expectStatus(found, 200);
  if (!text.startsWith(MARK))
    throw new Error(
      `The document ${verificationDocument} is not one of the pipeline, which reserves this name. Store it under another name and delete it.`,
    );
  expectStatus(await request(location(url), { method: "DELETE" }, send), 204, 404);
}

function location(url: string): string {
  return `${url}/documents/${verificationDocument}`;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  /** The request, for messages. */
  readonly of: string;
}

async function request(url: string, options: ApiRequest, send: Send): Promise<Answer> {
  const of = `${options.method ?? "GET"} ${new URL(url).pathname}`;
  try {
    const response = await send(url, { ...options, signal: AbortSignal.timeout(REQUEST) });
    return { status: response.status, text: await response.text(), of };
  } catch (error) {
    const { message, cause } = error as Error;
    // fetch says "fetch failed", and why in the cause.
    const reason = (cause as Error | undefined)?.message ?? message;
    throw new Error(`${of} was not answered: ${reason}`, { cause: error });
  }
}

/** @throws Error if an answer has another status */
function expectStatus(answer: Answer, ...statuses: readonly number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  throw new Error(`${answer.of} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

/** Repeats a check until it succeeds. @throws its last error when the time is over */
async function repeat<T>(check: () => Promise<T>, milliseconds: number, between: number): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await pause(between);
  }
}
