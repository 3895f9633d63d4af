import { randomUUID, timingSafeEqual, createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LocalServer } from "../local-server";
import type { Refusal } from "../request-guard";
import type { SessionLog } from "../session-log";
import { SigningKey } from "./signing-key";

/** Seconds that a token is valid. */
const TOKEN_LIFETIME = 3600;

/** A token request has some hundred bytes. */
const MAX_BODY = 16 * 1024;

export interface IssuerOptions {
  readonly log: SessionLog;
  /** The scopes that a client is granted unless it asks for fewer. */
  readonly scopes: readonly string[];
  readonly clients: readonly IssuerClient[];
  /** The port to listen on; default: a free one. */
  readonly port?: number;
}

export interface IssuerClient {
  readonly id: string;
  readonly secret: string;
  /** The only audience that it gets tokens for. */
  readonly audience: string;
}

/**
 * Stands in for an OpenID provider: discovery, its public keys, and a token endpoint for programs (client
 * credentials, RFC 6749, 4.4). Unlike a provider on the Internet it speaks plain HTTP, on 127.0.0.1 only.
 */
export class Issuer {
  /** The issuer's identifier, without a slash at the end. */
  readonly url: string;
  private keys = [newKey()];

  private constructor(
    private readonly server: LocalServer,
    private readonly options: IssuerOptions,
  ) {
    this.url = server.url;
    server.answerWith((request, response) => this.answer(request, response));
  }

  /** @throws when the port is in use */
  static async start(options: IssuerOptions): Promise<Issuer> {
    const refuse = (_: IncomingMessage, response: ServerResponse, { status, message }: Refusal) =>
      send(response, status, { error: "invalid_request", error_description: message });
    return new Issuer(await LocalServer.listen({ log: options.log, port: options.port, refuse }), options);
  }

  /** Signs further tokens with a new key. Until `retire`, the earlier keys stay published. */
  rotate(): void {
    this.keys = [newKey(), ...this.keys];
  }

  /** Publishes the newest key only. */
  retire(): void {
    this.keys = this.keys.slice(0, 1);
  }

  /** The key that signs. */
  get key(): SigningKey {
    return this.keys[0]!;
  }

  /** Returns a token with the claims of the first client's tokens, some of them changed. */
  token(changes: Readonly<Record<string, unknown>> = {}): string {
    return this.key.sign({ ...this.claims(this.options.clients[0]!, this.options.scopes), ...changes });
  }

  stop(): Promise<void> {
    return this.server.close();
  }

  private claims({ id, audience }: IssuerClient, scopes: readonly string[]) {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.url,
      sub: id,
      client_id: id,
      aud: audience,
      iat: now,
      nbf: now,
      exp: now + TOKEN_LIFETIME,
      jti: randomUUID(),
      scope: scopes.join(" "),
    };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url}`;
    if (route === "GET /.well-known/openid-configuration") send(response, 200, this.metadata());
    else if (route === "GET /jwks") send(response, 200, { keys: this.keys.map((key) => key.jwk()) });
    else if (route === "POST /token") this.issue(request, await bodyOf(request), response);
    else send(response, 404, { error: "invalid_request", error_description: `${route} is not served.` });
  }

  /** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
  private metadata() {
    return {
      issuer: this.url,
      jwks_uri: `${this.url}/jwks`,
      token_endpoint: `${this.url}/token`,
      grant_types_supported: ["client_credentials"],
      response_types_supported: ["token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: this.options.scopes,
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    };
  }

  /** Answers a token request; errors as in RFC 6749, 5.2, and RFC 8707, 2. */
  private issue(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    const given = clientOf(request, form);
    const client = this.options.clients.find(({ id, secret }) => isEqual(given, [id, secret]));
    if (!client) return send(response, 401, { error: "invalid_client" });
    if (form.get("grant_type") !== "client_credentials") {
      return send(response, 400, { error: "unsupported_grant_type" });
    }
    if ((form.get("audience") ?? client.audience) !== client.audience) {
      return send(response, 400, { error: "invalid_target" });
    }
    const scopes = form.get("scope")?.split(" ").filter(Boolean) ?? this.options.scopes;
    if (scopes.some((scope) => !this.options.scopes.includes(scope))) {
      return send(response, 400, { error: "invalid_scope" });
    }
    send(response, 200, {
      access_token: this.key.sign(this.claims(client, scopes)),
      token_type: "Bearer",
      expires_in: TOKEN_LIFETIME,
      scope: scopes.join(" "),
    });
  }
}

/** Returns the id and the secret of a client, from the header or the form (RFC 6749, 2.3.1). */
function clientOf({ headers }: IncomingMessage, form: URLSearchParams): string[] {
  const [, basic] = /^Basic (.+)$/i.exec(headers.authorization ?? "") ?? [];
  if (basic === undefined) return [form.get("client_id") ?? "", form.get("client_secret") ?? ""];
  const parts = Buffer.from(basic, "base64").toString("utf8").split(":");
  return parts.map((part) => new URLSearchParams(`part=${part}`).get("part") ?? "");
}

function isEqual(given: readonly string[], expected: readonly string[]): boolean {
  const [a, b] = [given, expected].map((parts) =>
    createHash("sha256").update(JSON.stringify(parts)).digest(),
  ) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

function newKey(): SigningKey {
  return new SigningKey(randomUUID());
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) {
    if (body.length < MAX_BODY) body += chunk;
  }
  return new URLSearchParams(body.slice(0, MAX_BODY));
}

function send(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(content));
}
