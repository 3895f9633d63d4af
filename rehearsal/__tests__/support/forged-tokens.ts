import { createHmac } from "node:crypto";
import type { Issuer } from "../../src/openid/issuer";

/** Seconds since 1970, as in claims. */
export const now = () => Math.floor(Date.now() / 1000);

/** A token whose header, claims or signature are replaced. */
export function altered(
  token: string,
  parts: { header?: object; claims?: object; signature?: string },
): string {
  const [header, claims, signature] = token.split(".");
  const encode = (part: object | undefined) =>
    part && Buffer.from(JSON.stringify(part)).toString("base64url");
  return [encode(parts.header) ?? header, encode(parts.claims) ?? claims, parts.signature ?? signature].join(
    ".",
  );
}

/** The claims of a token, which is not verified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString("utf8")) as Record<
    string,
    unknown
  >;
}

/** Signed with HMAC, whose secret is the issuer's public key: https://www.rfc-editor.org/rfc/rfc8725#section-2.1 */
export function signedWithPublicKey(issuer: Issuer): string {
  const header = { alg: "HS256", kid: issuer.key.id };
  const token = altered(issuer.token(), { header, signature: "" });
  const signedPart = token.slice(0, -1);
  return `${signedPart}.${createHmac("sha256", issuer.key.publicKey()).update(signedPart).digest("base64url")}`;
}
