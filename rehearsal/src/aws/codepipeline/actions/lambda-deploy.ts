import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  ProvisionedConcurrencyConfigNotFoundException,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { clientConfig } from "../../client-config";
import type { AwsContext } from "../../aws-context";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionProvider, type ActionRequest, type ActionResult } from "./action";
import { ReleaseLog } from "./release-log";
import { readStrategy, type Rollout } from "./rollout";

/** Milliseconds that stand for a minute of a rollout: nobody should have to wait that long in a rehearsal. */
const MINUTE = 5_000;

/** Milliseconds between two looks at the alarms. */
const LOOK = 500;

/** What a rollout is about. */
interface Target {
  readonly name: string;
  readonly alias: string;
  readonly from: string;
  readonly to: string;
  readonly alarms: readonly string[];
}

/**
 * Moves the traffic of an alias to a published version, and back when an alarm goes off meanwhile: the actions of
 * `AWS/Lambda`.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html
 */
export class LambdaDeploy implements ActionProvider {
  readonly required = ["FunctionName"];

  constructor(private readonly aws: AwsContext) {}

  unsupported({ FunctionAlias, PublishedTargetVersion, DeployStrategy }: Record<string, string>) {
    if (!FunctionAlias || !PublishedTargetVersion) {
      return "deploying a Lambda function without FunctionAlias and PublishedTargetVersion";
    }
    // A variable is known only when the action runs.
    if (DeployStrategy === undefined || DeployStrategy.includes("#{") || readStrategy(DeployStrategy)) return;
    return `the DeployStrategy ${DeployStrategy}`;
  }

  async run(request: ActionRequest): Promise<ActionResult> {
    const { DeployStrategy = "AllAtOnce" } = request.configuration;
    const rollout = readStrategy(DeployStrategy);
    if (!rollout) throw misconfigured(`${DeployStrategy} is no DeployStrategy.`);
    const config = clientConfig(this.aws, await actionCredentials(this.aws, request));
    const lambda = new LambdaClient(config);
    const cloudwatch = new CloudWatchClient(config);
    const logs = new CloudWatchLogsClient(config);
    try {
      const target = await calling(() => readTarget(lambda, request.configuration));
      const { name } = request.pipeline.declaration;
      const log = await calling(() => ReleaseLog.open(logs, name!, randomUUID()));
      await calling(() =>
        log.write(`Version ${target.from} to ${target.to} of ${target.name}: ${DeployStrategy}`),
      );
      await calling(() => roll(lambda, cloudwatch, target, rollout, request));
      return {
        summary: `${target.name}:${target.alias} is version ${target.to}.`,
        variables: { FunctionVersion: target.to },
      };
    } finally {
      lambda.destroy();
      cloudwatch.destroy();
      logs.destroy();
    }
  }
}

async function readTarget(
  lambda: LambdaClient,
  configuration: ActionRequest["configuration"],
): Promise<Target> {
  const {
    FunctionName: name = "",
    FunctionAlias: alias = "",
    PublishedTargetVersion: to = "",
  } = configuration;
  const of = { FunctionName: name };
  const { FunctionVersion: from = "", RoutingConfig } = await lambda.send(
    new GetAliasCommand({ ...of, Name: alias }),
  );
  if (Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0) {
    throw misconfigured(`The alias ${alias} of ${name} must have one version behind it, and has two.`);
  }
  await lambda.send(new GetFunctionConfigurationCommand({ ...of, Qualifier: to }));
  await lambda
    .send(new GetProvisionedConcurrencyConfigCommand({ ...of, Qualifier: alias }))
    .catch((error: unknown) => {
      if (!(error instanceof ProvisionedConcurrencyConfigNotFoundException)) throw error;
    });
  // Lambda takes no alias that divides its traffic between a version and itself.
  if (from === to) throw misconfigured(`The alias ${alias} of ${name} is version ${to} already.`);
  return { name, alias, from, to, alarms: list(configuration.Alarms) };
}

async function roll(
  lambda: LambdaClient,
  cloudwatch: CloudWatchClient,
  target: Target,
  { percents, minutes }: Rollout,
  request: ActionRequest,
): Promise<void> {
  try {
    for (const percent of percents) {
      await mayGoOn(cloudwatch, target, request.abandoned, percent === percents[0]);
      await move(lambda, target, percent);
      request.progress({
        summary: `${percent} % of ${target.name}:${target.alias} goes to version ${target.to}.`,
      });
      if (percent < 100) await watch(cloudwatch, target, minutes, request.abandoned);
    }
  } catch (error) {
    await move(lambda, target, 0);
    throw error;
  }
}

/** Waits, and looks at the alarms all the time. @throws ActionFailed as soon as it may not go on */
async function watch(
  cloudwatch: CloudWatchClient,
  target: Target,
  minutes: number,
  abandoned: AbortSignal,
): Promise<void> {
  const end = performance.now() + minutes * MINUTE;
  while (performance.now() < end) {
    await pause(LOOK);
    await mayGoOn(cloudwatch, target, abandoned, false);
  }
}

async function mayGoOn(
  cloudwatch: CloudWatchClient,
  { name, to, from, alarms }: Target,
  abandoned: AbortSignal,
  isFirst: boolean,
): Promise<void> {
  // What AWS does with traffic that nobody waits for any more is not documented. Left as it is, it would stay
  // divided for ever.
  if (abandoned.aborted) throw new ActionFailed("JobFailed", "The execution was stopped.");
  if (alarms.length === 0) return;
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [...alarms] }));
  const missing = alarms.find((alarm) => !MetricAlarms.some(({ AlarmName }) => AlarmName === alarm));
  if (missing) throw misconfigured(`There is no alarm ${missing}.`);
  const alarm = MetricAlarms.find(({ StateValue }) => StateValue === "ALARM");
  if (!alarm) return;
  const { AlarmName, StateReason } = alarm;
  throw new ActionFailed(
    "JobFailed",
    isFirst
      ? `Version ${to} of ${name} got no traffic: the alarm ${AlarmName} was in ALARM before any was moved, and version ${from} stays live. ${StateReason}`
      : `Version ${to} of ${name} was rolled back to version ${from}: the alarm ${AlarmName} fired. ${StateReason}`,
  );
}

/** Gives a share to the new version: 0 is all for the old one, 100 all for the new one. */
async function move(lambda: LambdaClient, { name, alias, from, to }: Target, percent: number): Promise<void> {
  const isDivided = percent > 0 && percent < 100;
  await lambda.send(
    new UpdateAliasCommand({
      FunctionName: name,
      Name: alias,
      FunctionVersion: percent === 100 ? to : from,
      RoutingConfig: { AdditionalVersionWeights: isDivided ? { [to]: percent / 100 } : {} },
    }),
  );
}

/** Fails the action with what Lambda or CloudWatch refuses. */
async function calling<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ActionFailed) throw error;
    const { name, message } = error as Error;
    throw new ActionFailed(/AccessDenied/.test(name) ? "PermissionError" : "ConfigurationError", message);
  }
}

function list(names: string | undefined): string[] {
  return (names ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function misconfigured(message: string): ActionFailed {
  return new ActionFailed("ConfigurationError", message);
}
