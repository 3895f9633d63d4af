/** Calls the API as `service_auth` requires it. The integration tests and VerifyProd use it. */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from "@aws-sdk/client-secrets-manager";
import type { Settings } from "../../settings";
import { namesOfStack, releasedEnvironment, type Environment } from "../../stacks/names";
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

/**
 * Checks that the secrets have clients that can get tokens.
 *
 * @throws Error that says what to store
 */
export async function checkTokenClients(secrets: SecretsManagerClient, settings: Settings): Promise<void> {
  const { serviceAuthSecret } = namesOfStack(settings.hw_stack_name);
  for (const environment of ["dev", releasedEnvironment])
    await readClient(secrets, serviceAuthSecret(environment));
}

/** @throws Error that says what to store, and not what is stored */
async function readClient(secrets: SecretsManagerClient, name: string): Promise<OAuthClient> {
  try {
    const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
    return oauthClient.parse(JSON.parse(SecretString));
  } catch (error) {
    // It has no value yet, or another one.
    if (error instanceof SecretsManagerServiceException && !(error instanceof ResourceNotFoundException))
      throw error;
    throw new Error(
      `The secret ${name} does not hold the keys clientId and clientSecret of an OAuth client. Store them: ` +
        `aws secretsmanager put-secret-value --secret-id ${name} --secret-string '{"clientId":"…","clientSecret":"…"}'`,
    );
  }
}
