import { generateKeyPairSync, sign } from "node:crypto";

/** An RSA key that signs JSON Web Tokens with RS256. */
export class SigningKey {
  private readonly pair = generateKeyPairSync("rsa", { modulusLength: 2048 });

  /** @param id identifies the key among those of its issuer */
  constructor(readonly id: string) {}

  /** The public key as a JSON Web Key (RFC 7517). */
  jwk() {
    const { n, e } = this.pair.publicKey.export({ format: "jwk" });
    return { kty: "RSA", use: "sig", alg: "RS256", kid: this.id, n, e };
  }

  /** The public key as PEM. */
  publicKey(): string {
    return this.pair.publicKey.export({ format: "pem", type: "spki" }) as string;
  }

  /** Returns a JSON Web Token with the claims. */
  sign(claims: Readonly<Record<string, unknown>>): string {
    const header = { typ: "JWT", alg: "RS256", kid: this.id };
    const signed = [header, claims].map((part) => encode(JSON.stringify(part))).join(".");
    return `${signed}.${encode(sign("sha256", Buffer.from(signed), this.pair.privateKey))}`;
  }
}

function encode(content: string | Buffer): string {
  return Buffer.from(content).toString("base64url");
}
