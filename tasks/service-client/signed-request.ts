import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";

/** A request as `fetch` takes it, with a body that can be signed. */
export interface ApiRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** Whose signature a request gets, as the clients of the AWS SDK have it. */
export type Signer = Pick<ConstructorParameters<typeof SignatureV4>[0], "credentials" | "region">;

/**
 * Returns a request to an HTTP API with a signature of the version 4, which authorizes it on routes with `AWS_IAM`:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
 */
export async function signedRequest(signer: Signer, url: string, request: ApiRequest): Promise<ApiRequest> {
  const { method = "GET", headers, body } = request;
  const { protocol, hostname, host, pathname, searchParams } = new URL(url);
  const names = [...new Set(searchParams.keys())];
  const signed = await new SignatureV4({ ...signer, service: "execute-api", sha256: Sha256 }).sign({
    method,
    protocol,
    hostname,
    path: pathname,
    query: Object.fromEntries(names.map((name) => [name, searchParams.getAll(name)])),
    // With the port, as fetch sends it: the signer reads the host from the headers alone.
    headers: { ...headers, host },
    body,
  });
  // fetch sends the host itself, and the SDK's own header has nothing else.
  const { host: _host, ...sent } = signed.headers;
  return { ...request, method, headers: sent };
}

/** SHA-256, or its HMAC with a secret, as the signer of the AWS SDK takes it. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }

  update(data: Data): void {
    this.hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

type Data = string | ArrayBuffer | ArrayBufferView;

function bytes(data: Data): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
