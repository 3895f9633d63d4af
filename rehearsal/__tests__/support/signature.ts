import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../../src/aws/aws-context";

const REGION = "eu-west-1";

interface ToSign {
  readonly method: string;
  readonly url: string;
  readonly service: string;
  readonly body?: string | Uint8Array;
}

/** The headers that sign a request by AWS Signature Version 4, for what no client sends. The query must be empty. */
export function signed(credentials: Credentials, request: ToSign): Record<string, string> {
  const { time, scope } = now(request.service);
  const canonicalHeaders = [`host:${new URL(request.url).host}`, `x-amz-date:${time}`];
  const signature = sign(credentials, request, { time, scope, canonicalHeaders });
  return {
    "X-Amz-Date": time,
    Authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  };
}

/** The URL of a request that is signed in its query, so that it needs no headers. The query must be empty. */
export function presign(credentials: Credentials, request: ToSign): string {
  const { time, scope } = now(request.service);
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": "900",
    "X-Amz-SignedHeaders": "host",
  }).toString();
  const canonicalHeaders = [`host:${new URL(request.url).host}`];
  const signature = sign(credentials, request, { time, scope, query, canonicalHeaders });
  return `${request.url}?${query}&X-Amz-Signature=${signature}`;
}

function now(service: string): { time: string; scope: string } {
  const time = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  return { time, scope: `${time.slice(0, 8)}/${REGION}/${service}/aws4_request` };
}

interface Signing {
  readonly time: string;
  readonly scope: string;
  readonly query?: string;
  readonly canonicalHeaders: readonly string[];
}

function sign(
  { secretAccessKey }: Credentials,
  { method, url, body = "" }: ToSign,
  { time, scope, query = "", canonicalHeaders }: Signing,
): string {
  const hash = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const names = canonicalHeaders.map((header) => header.split(":")[0]).join(";");
  const canonical = [method, new URL(url).pathname, query, ...canonicalHeaders, "", names, hash(body)];
  const toSign = ["AWS4-HMAC-SHA256", time, scope, hash(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString("hex");
}
