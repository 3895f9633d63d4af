import type { TerraformStack } from "cdktf";
import { namesOf } from "../../stacks/names";
import { settingsWith, tokenSettings } from "../support/settings";
import { pipelineStack, serviceStack, stateStack } from "../support/synth";

/** Settings that give other resources or other policies than the default ones do. */
export const variants: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "default settings": {},
  "an alarm e-mail": { pipeline_alarm_email: "ops@example.com" },
  "existing buckets": {
    service_existing_bucket_dev: "acme-documents-dev",
    service_existing_bucket_prod: "acme-documents",
  },
  "old versions that expire": { service_old_version_days: "30" },
  "signed requests": { service_auth: "iam", service_cors_origins: "*" },
  "tokens of an OpenID provider": tokenSettings,
  "one role for all builds": { codebuild_role_arn: "arn:aws:iam::123456789012:role/builds" },
  "self-update first, no approval, a deployment window": {
    pipeline_self_update: "after-unit-test",
    pipeline_manual_approval: "false",
    pipeline_deployment_window: "* * 9-16 ? * MON-FRI * Europe/Berlin",
  },
  "a connection that ignores paths": { pipeline_source: "connection", pipeline_ignore_paths: "docs/**,*.md" },
  "a branch pipeline to dev": { hw_stack_name: "hw_develop", pipeline_environment: "dev" },
  "a branch pipeline to stage": { hw_stack_name: "hw_release_1_1a2b3c4d", pipeline_environment: "stage" },
};

/** Every stack that these settings give, by its id. */
export function stacksOf(settings: Readonly<Record<string, string>>): TerraformStack[] {
  return [
    stateStack(settings),
    pipelineStack(settings),
    ...namesOf(settingsWith(settings)).environments.map((one) => serviceStack(one, settings)),
  ];
}
