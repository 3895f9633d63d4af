import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { serviceClient, type CallerSettings } from "../../tasks/service-client/service-client";
import type { ApiRequest } from "../../tasks/service-client/signed-request";

/** Begins the names of all documents of this run, so that runs side by side do not meet. */
export const RUN = `integration-${randomUUID()}`;

const created = new Set<string>();

/** An environment variable the tests cannot do without. */
export function required(name: string): string {
  const value = process.env[name];
  assert.ok(value, `Set ${name} in the environment: the integration tests run against a deployed API.`);
  return value;
}

/** Sends requests as service_auth requires them. The settings are variables of the build; without them the API is open. */
const send = serviceClient(process.env as unknown as CallerSettings, "dev");

/** Sends a request to the API. `path` is appended as it is: API_URL may have a path of its own. */
export function request(method: string, path: string, init: ApiRequest = {}): Promise<Response> {
  const base = required("API_URL").replace(/\/+$/, "");
  return send(base + path, { ...init, method, signal: AbortSignal.timeout(30_000) });
}

/** The path of a document. */
export function pathOf(name: string): string {
  return `/documents/${encodeURIComponent(name)}`;
}

/** Stores a document and remembers it for `deleteCreated`. */
export function put(name: string, body: string | Uint8Array, contentType: string): Promise<Response> {
  created.add(name);
  return request("PUT", pathOf(name), { body, headers: { "content-type": contentType } });
}

/** Deletes the documents this run has stored. */
export async function deleteCreated(): Promise<void> {
  await Promise.all([...created].map((name) => request("DELETE", pathOf(name))));
  created.clear();
}

/** Asserts that an answer is an error with this status and code, and that it says something. */
export async function assertError(response: Response, status: number, code: string): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  const { error } = JSON.parse(text) as { error: { code: string; message: string } };
  assert.equal(error.code, code);
  assert.notEqual(error.message, "");
}

/** Asks until there is something (404 until then) or two minutes are over. @returns the last answer */
export async function whenReady(path: string): Promise<Response> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const response = await request("GET", path);
    if (response.status !== 404 || Date.now() > deadline) return response;
    await response.body?.cancel();
    await sleep(500);
  }
}
