import { SigningKey } from "../openid/signing-key";

/** Who issues the tokens of GitHub Actions. */
export const ISSUER = "https://token.actions.githubusercontent.com";

/** Signs the OpenID Connect tokens of GitHub Actions runs. */
export class IdentityTokens {
  private readonly key: SigningKey;

  /** @param keyId identifies the key among those of the issuer */
  constructor(keyId = "rehearsal") {
    this.key = new SigningKey(keyId);
  }

  /** The public key, as the issuer publishes it (RFC 7517). */
  jwks() {
    return { keys: [this.key.jwk()] };
  }

  /** A JSON Web Token with the claims, signed with RS256. */
  sign(claims: Readonly<Record<string, unknown>>): string {
    return this.key.sign(claims);
  }
}
