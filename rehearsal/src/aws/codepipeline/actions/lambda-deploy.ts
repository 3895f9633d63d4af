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
import { setTimeout as sleep } from "node:timers/promises";
import { clientConfig } from "../../client-config";
import type { AwsContext } from "../../aws-context";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionProvider, type ActionRequest, type ActionResult } from "./action";
import { ReleaseLog } from "./release-log";
import { readStrategy, type Rollout } from "./rollout";

/** The milliseconds that represent a minute of a rollout in a rehearsal. */
const MINUTE = 5_000;

/** Milliseconds between two checks of the alarms. */
const CHECK_INTERVAL = 500;

/** The alias that a rollout shifts from one version to another, and the alarms that stop it. */
interface Target {
  readonly name: string;
  readonly alias: string;
  readonly from: string;
  readonly to: string;
  readonly alarms: readonly string[];
}

/**
 * Shifts the traffic of an alias to a published version, and back if an alarm fires meanwhile: the actions of
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
    // A variable has its value only when the action runs.
    if (DeployStrategy === undefined || DeployStrategy.includes("#{") || readStrategy(DeployStrategy)) return;
    return `the DeployStrategy ${DeployStrategy}`;
  }

  async run(request: ActionRequest): Promise<ActionResult> {
    const { DeployStrategy = "AllAtOnce" } = request.configuration;
    const rollout = readStrategy(DeployStrategy);
    if (!rollout) throw misconfigured(`${DeployStrategy} is not a valid DeployStrategy.`);
    const config = clientConfig(this.aws, await actionCredentials(this.aws, request));
    const lambda = new LambdaClient(config);
    const cloudwatch = new CloudWatchClient(config);
    const logs = new CloudWatchLogsClient(config);
    try {
      const target = await translateErrors(() => readTarget(lambda, request.configuration));
      const { name } = request.pipeline.declaration;
      const log = await translateErrors(() => ReleaseLog.open(logs, name!, randomUUID()));
      await translateErrors(() =>
        log.write(`Version ${target.from} to ${target.to} of ${target.name}: ${DeployStrategy}`),
      );
      await translateErrors(() => shiftTraffic(lambda, cloudwatch, target, rollout, request));
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
    throw misconfigured(`The alias ${alias} of ${name} must point to one version, and points to two.`);
  }
  await lambda.send(new GetFunctionConfigurationCommand({ ...of, Qualifier: to }));
  await lambda
    .send(new GetProvisionedConcurrencyConfigCommand({ ...of, Qualifier: alias }))
    .catch((error: unknown) => {
      if (!(error instanceof ProvisionedConcurrencyConfigNotFoundException)) throw error;
    });
  // Lambda rejects an alias that splits its traffic between a version and itself.
  if (from === to) throw misconfigured(`The alias ${alias} of ${name} is version ${to} already.`);
  return { name, alias, from, to, alarms: list(configuration.Alarms) };
}

async function shiftTraffic(
  lambda: LambdaClient,
  cloudwatch: CloudWatchClient,
  target: Target,
  { percents, minutes }: Rollout,
  request: ActionRequest,
): Promise<void> {
  try {
    for (const percent of percents) {
      await checkAlarms(cloudwatch, target, request.abandoned, percent === percents[0]);
      await setWeight(lambda, target, percent);
      request.progress({
        summary: `${percent} % of ${target.name}:${target.alias} goes to version ${target.to}.`,
      });
      if (percent < 100) await monitor(cloudwatch, target, minutes, request.abandoned);
    }
  } catch (error) {
    await setWeight(lambda, target, 0);
    throw error;
  }
}

/** Waits for so many minutes of the rollout, and checks the alarms meanwhile. */
async function monitor(
  cloudwatch: CloudWatchClient,
  target: Target,
  minutes: number,
  abandoned: AbortSignal,
): Promise<void> {
  const end = performance.now() + minutes * MINUTE;
  while (performance.now() < end) {
    await sleep(CHECK_INTERVAL);
    await checkAlarms(cloudwatch, target, abandoned, false);
  }
}

/** @throws ActionFailed if an alarm is in ALARM or missing, or the execution is abandoned */
async function checkAlarms(
  cloudwatch: CloudWatchClient,
  { name, to, from, alarms }: Target,
  abandoned: AbortSignal,
  isFirst: boolean,
): Promise<void> {
  // AWS does not document what happens to the traffic of an abandoned execution. Left alone, it would stay split.
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

/** Sends this percentage of the traffic to the new version, and the rest to the old one. */
async function setWeight(
  lambda: LambdaClient,
  { name, alias, from, to }: Target,
  percent: number,
): Promise<void> {
  const isSplit = percent > 0 && percent < 100;
  await lambda.send(
    new UpdateAliasCommand({
      FunctionName: name,
      Name: alias,
      FunctionVersion: percent === 100 ? to : from,
      RoutingConfig: { AdditionalVersionWeights: isSplit ? { [to]: percent / 100 } : {} },
    }),
  );
}

/** Fails the action with the error of Lambda or CloudWatch. */
async function translateErrors<T>(call: () => Promise<T>): Promise<T> {
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
