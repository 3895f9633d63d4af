/** Calls the API as `service_auth` requires it. The integration tests and VerifyProd use it. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Settings } from "../../settings";
import { namesOfStack, type Environment } from "../../stacks/names";
import { tokenConfiguration } from "../../stacks/service-routes";
import { AccessTokens, oauthClient, type OAuthClient } from "./access-token";
import { signedRequest, type ApiRequest } from "./signed-request";

/** Sends a request to the API. */
export type Send = (url: string, request?: ApiRequest) => Promise<Response>;

/** The settings that a caller needs. */
export type CallerSettings = Pick<Settings, "hw_stack_name"> &
  Partial<
    Pick<
      Settings,
      "service_auth" | "service_auth_issuer" | "service_auth_audience" | "service_auth_dev_audience"
    >
  >;

/** Returns how an environment's API is called: as anyone, with the caller's AWS credentials, or with a token. */
export function serviceClient(
  settings: CallerSettings,
  environment: Environment,
  secrets: SecretsManagerClient = new SecretsManagerClient(),
): Send {
  if (settings.service_auth === "iam") {
    const { credentials, region } = secrets.config;
    return async (url, request = {}) =>
      fetch(url, await signedRequest({ credentials, region }, url, request));
  }
  const tokens = tokenConfiguration(settings, environment);
  if (tokens === undefined) return fetch;
  const secretName = namesOfStack(settings.hw_stack_name).serviceAuthSecret(environment);
  const access = new AccessTokens(tokens, () => readClient(secrets, secretName));
  return async (url, request = {}) => {
    const authorization = `Bearer ${await access.token()}`;
    return fetch(url, { ...request, headers: { ...request.headers, authorization } });
  };
}

/** @throws Error that says what to store, and not what is stored */
export async function readClient(secrets: SecretsManagerClient, name: string): Promise<OAuthClient> {
  const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
  try {
    return oauthClient.parse(JSON.parse(SecretString));
  } catch {
    throw new Error(
      `The secret ${name} does not hold JSON with the keys clientId and clientSecret of an OAuth client. ` +
        "Set its value (aws secretsmanager put-secret-value).",
    );
  }
}
