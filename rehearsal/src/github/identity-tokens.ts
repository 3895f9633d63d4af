import { generateKeyPairSync, sign } from "node:crypto";

/** Who issues the tokens of GitHub Actions. */
export const ISSUER = "https://token.actions.githubusercontent.com";

/** Signs the OpenID Connect tokens of GitHub Actions runs. */
export class IdentityTokens {
  private readonly key = generateKeyPairSync("rsa", { modulusLength: 2048 });

  /** @param keyId identifies the key among those of the issuer */
  constructor(private readonly keyId = "rehearsal") {}

  /** The public key, as the issuer publishes it (RFC 7517). */
  jwks() {
    const { n, e } = this.key.publicKey.export({ format: "jwk" });
    return { keys: [{ kty: "RSA", use: "sig", alg: "RS256", kid: this.keyId, n, e }] };
  }

  /** A JSON Web Token with the claims, signed with RS256. */
  sign(claims: Readonly<Record<string, unknown>>): string {
    const header = { typ: "JWT", alg: "RS256", kid: this.keyId };
    const signed = [header, claims].map((part) => encode(JSON.stringify(part))).join(".");
    return `${signed}.${encode(sign("sha256", Buffer.from(signed), this.key.privateKey))}`;
  }
}

function encode(content: string | Buffer): string {
  return Buffer.from(content).toString("base64url");
}
