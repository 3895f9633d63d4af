import { createHash, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Send } from "../../tasks/service-client/service-client";

/** What the smoke test saw. */
export interface SmokeTest {
  /** The commit that `GET /health` answers with. */
  readonly commit: string;
  /** The document that was uploaded, processed and deleted. */
  readonly document: string;
  /** The SHA-256 in the document's metadata. */
  readonly sha256: string;
}

/** Milliseconds for a document to be processed: S3 usually delivers events within seconds. */
const PROCESSED_WITHIN = 60_000;

/**
 * Smoke-tests an environment: it must answer with the commit and process an uploaded document.
 * @param processedWithin milliseconds until the document must be processed; a minute by default
 * @param send sends requests that the API authorizes; requests of anyone by default
 * @throws Error with the expected and the actual answer
 */
export async function smokeTest(
  url: string,
  environment: string,
  commit: string,
  processedWithin = PROCESSED_WITHIN,
  send: Send = fetch,
): Promise<SmokeTest> {
  const health = (await json(await fetch(`${url}/health`))) as Record<string, unknown>;
  if (health.status !== "ok" || health.environment !== environment || health.commit !== commit) {
    throw new Error(`GET ${url}/health should answer with commit ${commit}: ${JSON.stringify(health)}`);
  }
  const content = randomBytes(1024);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const document = `rehearsal-${sha256.slice(0, 8)}`;
  const location = `${url}/documents/${document}`;
  await json(await send(location, { method: "PUT", body: content }));
  const metadata = await processed(location, Date.now() + processedWithin, send);
  if (metadata.sha256 !== sha256 || metadata.size !== content.length) {
    throw new Error(`The metadata of ${document} is wrong: ${JSON.stringify(metadata)}`);
  }
  await send(location, { method: "DELETE" });
  return { commit, document, sha256 };
}

async function processed(location: string, deadline: number, send: Send): Promise<Record<string, unknown>> {
  for (;;) {
    const response = await send(`${location}/metadata`);
    if (response.ok) return (await response.json()) as Record<string, unknown>;
    if (Date.now() > deadline) throw new Error(`${location} was not processed: ${await response.text()}`);
    await pause(250);
  }
}

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
