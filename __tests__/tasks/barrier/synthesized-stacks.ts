import { Testing } from "cdktf";
import { definitionDigest } from "../../../stacks/pipeline/definition";
import { expectedOf, type Expected } from "../../../tasks/barrier/expected";
import { readStackJson, type Json, type JsonObject } from "../../../stacks/stack-json";
import { settingsWith, tokenSettings } from "../../support/settings";
import { pipelineStack, serviceStack } from "../../support/synth";

/** Settings that make a difference to the stacks. */
export const variants: Readonly<Record<string, Record<string, string>>> = {
  "no optional settings": {},
  "an e-mail address": { pipeline_alarm_email: "operator@example.com" },
  "one role for all steps": { codebuild_role_arn: "arn:aws:iam::123456789012:role/build" },
  "the stage environment": { hw_stack_name: "hw_release_1_0", pipeline_environment: "stage" },
  "a branch's dev environment": { hw_stack_name: "hw_develop", pipeline_environment: "dev" },
  "a connection, commit statuses and an e-mail address": {
    pipeline_source: "connection",
    pipeline_commit_status: "true",
    pipeline_alarm_email: "operator@example.com",
  },
  "a connection that ignores paths": { pipeline_source: "connection", pipeline_ignore_paths: "docs/**,*.md" },
  "a branch with a connection": {
    hw_stack_name: "hw_develop",
    pipeline_environment: "dev",
    pipeline_source: "connection",
  },
  "existing buckets": { service_existing_bucket_dev: "acme-test", service_existing_bucket_prod: "acme-docs" },
  "reserved concurrency and CORS": { service_concurrency: "50", service_cors_origins: "*" },
  "old versions that expire": { service_old_version_days: "30" },
  "old versions that are kept": { service_old_version_days: "off" },
  "signed requests, and CORS": { service_auth: "iam", service_cors_origins: "*" },
  "tokens, and CORS": { ...tokenSettings, service_cors_origins: "*" },
  "a deployment window": { pipeline_deployment_window: "* * 9-16 ? * MON-FRI * Europe/Berlin" },
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

/** A stack with another value at a path, in which a number stands for that entry of a list, or that key of an object. */
export function changed(
  json: JsonObject,
  path: readonly (string | number)[],
  value: Json | undefined,
): JsonObject {
  const copy = clone(json) as Record<string, unknown>;
  let at = copy;
  for (const step of path.slice(0, -1)) {
    const key = keyOf(at, step);
    at = (at[key] ??= {}) as Record<string, unknown>;
  }
  const last = keyOf(at, path.at(-1)!);
  if (value === undefined && Array.isArray(at)) at.splice(Number(last), 1);
  else if (value === undefined) delete at[last];
  // An assignment to `__proto__` would set the prototype; in JSON it is a key.
  else Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
  return copy as JsonObject;
}

/** A copy. The objects of structuredClone are not those of the tests: no comparison takes them for equal. */
export function clone<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function keyOf(value: object, step: string | number): string {
  return typeof step === "number" && !Array.isArray(value) ? Object.keys(value)[step]! : String(step);
}
