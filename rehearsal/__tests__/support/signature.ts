import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../../src/aws/aws-context";

const REGION = "eu-west-1";

export interface ToSign {
  readonly method: string;
  readonly url: string;
  readonly service: string;
  readonly body?: string | Uint8Array;
  readonly region?: string;
  /** When it is signed; default: now. */
  readonly date?: Date;
}

/** The headers that sign a request by AWS Signature Version 4, for what no client sends. */
export function signed(credentials: Credentials, request: ToSign): Record<string, string> {
  const { time, scope } = scopeOf(request);
  const { host, searchParams } = new URL(request.url);
  const token = credentials.sessionToken;
  const canonicalHeaders = [`host:${host}`, `x-amz-date:${time}`];
  if (token !== undefined) canonicalHeaders.push(`x-amz-security-token:${token}`);
  const query = [...searchParams]
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .sort()
    .join("&");
  const signature = sign(credentials, request, { time, scope, query, canonicalHeaders });
  const names = canonicalHeaders.map((header) => header.split(":")[0]).join(";");
  return {
    "X-Amz-Date": time,
    ...(token !== undefined && { "X-Amz-Security-Token": token }),
    Authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The URL of a request that is signed in its query, so that it needs no headers. The query must be empty. */
export function presign(credentials: Credentials, request: ToSign): string {
  const { time, scope } = scopeOf(request);
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

function scopeOf({ service, region = REGION, date = new Date() }: ToSign): { time: string; scope: string } {
  const time = `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  return { time, scope: `${time.slice(0, 8)}/${region}/${service}/aws4_request` };
}

interface Signing {
  readonly time: string;
  readonly scope: string;
  readonly query?: string;
  readonly canonicalHeaders: readonly string[];
}

function sign(
  { secretAccessKey }: Credentials,
  { method, url, service, body = "" }: ToSign,
  { time, scope, query = "", canonicalHeaders }: Signing,
): string {
  const hash = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const names = canonicalHeaders.map((header) => header.split(":")[0]).join(";");
  // All services but S3 encode the encoded path again.
  const { pathname } = new URL(url);
  const path = service === "s3" ? pathname : pathname.split("/").map(encodeURIComponent).join("/");
  const canonical = [method, path, query, ...canonicalHeaders, "", names, hash(body)];
  const toSign = ["AWS4-HMAC-SHA256", time, scope, hash(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString("hex");
}
