import { Testing } from "cdktf";
import { definitionDigest } from "../../../tasks/barrier/definition";
import { expectedOf, type Expected } from "../../../tasks/barrier/expected";
import { readStackJson, type JsonObject } from "../../../tasks/barrier/stack-json";
import { settingsWith } from "../../support/settings";
import { pipelineStack, serviceStack } from "../../support/synth";

/** Settings that make a difference to the stacks. */
export const variants: Readonly<Record<string, Record<string, string>>> = {
  "no optional settings": {},
  "an e-mail address": { pipeline_alarm_email: "someone@example.com" },
  "one role for all steps": { codebuild_role_arn: "arn:aws:iam::123456789012:role/build" },
  "the stage environment": { hw_stack_name: "hw_release_1_0", pipeline_environment: "stage" },
  "a branch's dev environment": { hw_stack_name: "hw_develop", pipeline_environment: "dev" },
  "existing buckets": { service_existing_bucket_dev: "acme-test", service_existing_bucket_prod: "acme-docs" },
  "reserved concurrency and CORS": { service_concurrency: "50", service_cors_origins: "*" },
  "neither approval nor plan": { pipeline_self_update: "after-unit-test", pipeline_manual_approval: "false" },
};

/** A pipeline stack that carries its own digest. */
export function pipelineJson(changes: Record<string, string> = {}): JsonObject {
  const digest = definitionDigest(readStackJson(Testing.synth(pipelineStack(changes, ""))));
  return readStackJson(Testing.synth(pipelineStack(changes, digest)));
}

export function serviceJson(environment = "prod", changes: Record<string, string> = {}): JsonObject {
  return readStackJson(Testing.synth(serviceStack(environment, changes)));
}

/** All stacks that builds deploy, with what they must say. */
export function stacksWith(changes: Record<string, string>): [string, JsonObject, Expected][] {
  const settings = settingsWith(changes);
  const environments =
    settings.pipeline_environment === "prod" ? ["dev", "prod"] : [settings.pipeline_environment];
  return [
    ["pipeline", pipelineJson(changes), expectedOf("pipeline", settings)],
    ...environments.map((environment): [string, JsonObject, Expected] => [
      `service-${environment}`,
      serviceJson(environment, changes),
      expectedOf(`service-${environment}`, settings),
    ]),
  ];
}
