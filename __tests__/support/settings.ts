import { readSettings, type Settings } from "../../settings";

/** The settings that have no default, as an operator would set them. */
export const environment = {
  hw_stack_name: "hw",
  hw_stack_bucket_name: "acme-heavy-water",
  pipeline_bucket_name: "acme-heavy-water-artifacts",
  pipeline_githubOwner: "acme",
  pipeline_githubRepo: "heavy-water",
};

/** Settings for a test; `changes` are as in the environment. */
export function settingsWith(changes: Record<string, string> = {}): Settings {
  return readSettings({ ...environment, ...changes });
}

/** The settings for requests with tokens of an OpenID provider. */
export const tokenSettings = {
  service_auth: "jwt",
  service_auth_issuer: "https://idp.example",
  service_auth_audience: "documents",
  service_auth_dev_audience: "documents-dev",
};
