import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../../../rehearsal/cloud/cloud";

const REGION = "eu-west-1";

interface ToSign {
  readonly method: string;
  readonly url: string;
  readonly service: string;
  readonly body?: string;
}

/** The headers that sign a request by AWS Signature Version 4, for what no client sends. The query must be empty. */
export function signed(
  { accessKeyId, secretAccessKey }: Credentials,
  { method, url, service, body = "" }: ToSign,
): Record<string, string> {
  const { host, pathname } = new URL(url);
  const time = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const scope = `${time.slice(0, 8)}/${REGION}/${service}/aws4_request`;
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const canonical = [
    method,
    pathname,
    "",
    `host:${host}`,
    `x-amz-date:${time}`,
    "",
    "host;x-amz-date",
    hash(body),
  ];
  const toSign = ["AWS4-HMAC-SHA256", time, scope, hash(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const Signature = hmac(key, toSign).toString("hex");
  return {
    "X-Amz-Date": time,
    Authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${Signature}`,
  };
}
