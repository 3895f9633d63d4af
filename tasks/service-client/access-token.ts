import { z } from "zod";

/** The tokens that an API accepts. */
export interface TokenSource {
  readonly issuer: string;
  readonly audience: string;
}

/** An OAuth client, as its secret has it. */
export const oauthClient = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** For providers whose scopes have other names, such as Amazon Cognito: `documents/read documents/write`. */
  scope: z.string().default("documents:read documents:write"),
});
export type OAuthClient = z.infer<typeof oauthClient>;

const discovery = z.object({ token_endpoint: z.url() });
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().default(60) });

/** Milliseconds that a provider has for each answer. */
const REQUEST = 15_000;

/** Milliseconds before its end at which a token is no longer used. */
const MARGIN = 30_000;

/** Gets access tokens for a client of its own (client credentials), and keeps each until it expires. */
export class AccessTokens {
  private current: { readonly token: string; readonly until: number } | undefined;

  constructor(
    private readonly source: TokenSource,
    private readonly client: () => Promise<OAuthClient>,
  ) {}

  /** @throws Error that says what the provider refused, without the client's secret */
  async token(): Promise<string> {
    if (this.current === undefined || Date.now() > this.current.until) this.current = await this.fetchToken();
    return this.current.token;
  }

  private async fetchToken() {
    const { issuer, audience } = this.source;
    const { clientId, clientSecret, scope } = await this.client();
    // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
    const configuration = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { token_endpoint: endpoint } = await readJson(configuration, discovery);
    const { access_token: token, expires_in: seconds } = await readJson(endpoint, tokenAnswer, {
      method: "POST",
      headers: {
        // https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
        authorization: `Basic ${btoa([clientId, clientSecret].map(formEncoded).join(":"))}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      // Some providers, such as Auth0, ask for the audience. Others ignore it, as OAuth requires.
      body: new URLSearchParams({ grant_type: "client_credentials", scope, audience }).toString(),
    });
    return { token, until: Date.now() + 1000 * seconds - MARGIN };
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length);
}

async function readJson<T>(url: string, schema: z.ZodType<T>, options: RequestInit = {}): Promise<T> {
  const of = `${options.method ?? "GET"} ${url}`;
  let response: Response;
  try {
    response = await fetch(url, { ...options, redirect: "error", signal: AbortSignal.timeout(REQUEST) });
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = (cause as Error | undefined)?.message ?? message;
    throw new Error(`No token for the API: ${of} was not answered: ${reason}`, { cause: error });
  }
  const text = await response.text();
  // The answer of a provider names what it refuses: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
  if (!response.ok)
    throw new Error(`No token for the API: ${of} answered ${response.status}: ${errorCode(text)}`);
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) throw new Error(`No token for the API: ${of} answered something else than expected.`);
  return parsed.data;
}

/** The code of an error, and nothing else of an answer that could repeat the client's secret. */
function errorCode(text: string): string {
  const { data } = z.object({ error: z.string().regex(/^[\w.-]{1,100}$/) }).safeParse(parse(text));
  return data?.error ?? "no error code";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
