/**
 * The stacks' resources written as CloudFormation, for a tool that reads nothing else. Terraform and
 * CloudFormation name most arguments alike, in snake_case and in PascalCase; what they name otherwise is here.
 */
import type { PipelineDeclaration } from "@aws-sdk/client-codepipeline";
import type { Synthesized } from "../../support/synth";
import { inAccount } from "../account";

type Properties = Record<string, unknown>;
type Resources = Synthesized["resource"];

export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: unknown }>>;
}

/** Writes a resource: its arguments, and what other resources say about it. */
type Writer = (resource: Properties, others: Resources) => Properties;

const writers: Readonly<Record<string, readonly [type: string, write: Writer]>> = {
  aws_codepipeline: ["AWS::CodePipeline::Pipeline", writePipeline],
  aws_codebuild_project: ["AWS::CodeBuild::Project", writeProject],
  aws_cloudwatch_metric_alarm: ["AWS::CloudWatch::Alarm", writeAlarm],
  aws_cloudwatch_event_rule: ["AWS::Events::Rule", writeRule],
  aws_iam_role: ["AWS::IAM::Role", writeRole],
  aws_iam_policy: [
    "AWS::IAM::ManagedPolicy",
    ({ name, description, policy }) => ({
      ManagedPolicyName: name,
      Description: description,
      PolicyDocument: parsed(policy),
    }),
  ],
  aws_cloudwatch_log_group: [
    "AWS::Logs::LogGroup",
    // CloudFormation keeps a resource by a DeletionPolicy, which is no property.
    ({ name, skip_destroy: _, ...rest }) => ({ LogGroupName: name, ...pascal(rest) }),
  ],
  aws_sns_topic: ["AWS::SNS::Topic", ({ name, ...rest }) => ({ TopicName: name, ...pascal(rest) })],
  aws_sns_topic_policy: [
    "AWS::SNS::TopicPolicy",
    ({ arn, policy }) => ({ Topics: [arn], PolicyDocument: parsed(policy) }),
  ],
  aws_kms_key: ["AWS::KMS::Key", ({ policy, ...rest }) => ({ KeyPolicy: parsed(policy), ...pascal(rest) })],
};

/** A synthesized stack as a template. What only an account knows is called `generated` there. */
export function templateOf(stack: Synthesized): Template {
  const text = inAccount(stack, JSON.stringify(stack.resource)).replace(/\$\{(?!aws:)[^}]*\}/g, "generated");
  const all = JSON.parse(text) as Resources;
  const written = Object.entries(writers).flatMap(([from, [Type, write]]) =>
    Object.entries(all[from] ?? {}).map(([id, resource]) => {
      const { depends_on: _, lifecycle: _lifecycle, count: _count, provider: _provider, ...rest } = resource;
      const { tags: _tags, ...own } = rest;
      return [`${Type}${id}`.replace(/[^A-Za-z0-9]/g, ""), { Type, Properties: write(own, all) }] as const;
    }),
  );
  return { Resources: Object.fromEntries(written) };
}

/** A pipeline, as CreatePipeline takes it, as a template. */
export function templateOfPipeline(pipeline: PipelineDeclaration): Template {
  return {
    Resources: { Pipeline: { Type: "AWS::CodePipeline::Pipeline", Properties: pascal(pipeline) } },
  };
}

function writePipeline({ stage, artifact_store, trigger, ...rest }: Properties): Properties {
  return {
    ...pascal(rest),
    ...(trigger !== undefined && { Triggers: pascal(trigger) }),
    ArtifactStore: pascal((artifact_store as unknown[])[0]),
    Stages: (stage as Properties[]).map(({ action, before_entry, ...own }) => ({
      ...pascal(own),
      Actions: (action as Properties[]).map(writeAction),
      ...(before_entry !== undefined && { BeforeEntry: writeConditions(before_entry as Properties) }),
    })),
  };
}

function writeAction(action: Properties): Properties {
  const { category, owner, provider, version, input_artifacts, output_artifacts, ...rest } = action;
  const named = (names: unknown) => (names as string[] | undefined)?.map((Name) => ({ Name }));
  return {
    ...pascal(rest),
    ActionTypeId: { Category: category, Owner: owner, Provider: provider, Version: version },
    InputArtifacts: named(input_artifacts),
    OutputArtifacts: named(output_artifacts),
  };
}

function writeConditions({ condition }: Properties): Properties {
  const { result, rule } = condition as Properties;
  return { Conditions: [{ Result: result, Rules: (rule as Properties[]).map(pascal) }] };
}

function writeProject(project: Properties): Properties {
  const { build_timeout, source, environment, logs_config, ...rest } = project;
  const { buildspec, ...source_ } = source as Properties;
  const { environment_variable, ...environment_ } = environment as Properties;
  const { group_name } = (logs_config as { cloudwatch_logs: Properties }).cloudwatch_logs;
  return {
    ...pascal(rest),
    TimeoutInMinutes: build_timeout,
    Source: { ...pascal(source_), BuildSpec: buildspec },
    Environment: {
      ...pascal(environment_),
      EnvironmentVariables: (environment_variable as Properties[]).map(pascal),
    },
    LogsConfig: { CloudWatchLogs: { Status: "ENABLED", GroupName: group_name } },
  };
}

function writeAlarm({ dimensions, ok_actions, ...rest }: Properties): Properties {
  return {
    ...pascal(rest),
    ...(ok_actions !== undefined && { OKActions: ok_actions }),
    Dimensions: Object.entries((dimensions as Properties | undefined) ?? {}).map(([Name, Value]) => ({
      Name,
      Value,
    })),
  };
}

function writeRule(rule: Properties, { aws_cloudwatch_event_target: targets = {} }: Resources): Properties {
  const { event_pattern, ...rest } = rule;
  return {
    ...pascal(rest),
    // A rule with a schedule has none.
    ...(event_pattern !== undefined && { EventPattern: parsed(event_pattern) }),
    Targets: Object.values(targets)
      .filter((target) => target.rule === rule.name)
      .map(({ target_id, arn, role_arn }) => ({ Id: target_id, Arn: arn, RoleArn: role_arn })),
  };
}

function writeRole(role: Properties, { aws_iam_role_policy: policies = {} }: Resources): Properties {
  const { name, assume_role_policy, ...rest } = role;
  return {
    RoleName: name,
    AssumeRolePolicyDocument: parsed(assume_role_policy),
    ...pascal(rest),
    Policies: Object.values(policies)
      .filter((policy) => policy.role === name)
      .map(({ name: PolicyName, policy }) => ({ PolicyName, PolicyDocument: parsed(policy) })),
  };
}

function parsed(json: unknown): unknown {
  return JSON.parse(String(json));
}

/** The same with every key in PascalCase, but for the keys in an action's or a rule's configuration. */
function pascal<T>(value: T): Properties;
function pascal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => pascal(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => {
      const name = key.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
      return [name, name === "Configuration" ? (own as unknown) : pascal(own)];
    }),
  );
}
