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
