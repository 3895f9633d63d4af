/** Checks the settings against the account's quotas. Only reads. */
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import type { Settings } from "../../settings";
import { functionNames } from "../../stacks/functions";
import { namesOf } from "../../stacks/names";

/** Lambda keeps this many executions for functions without a reservation: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const KEPT_UNRESERVED = 100;

/** Requests per second, in total, for the APIs of an account: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const API_RATE = { ServiceCode: "apigateway", QuotaCode: "L-8A5B8E43" };

/** "Concurrently running builds for Linux/Small environment", which every step uses. */
const BUILDS = { ServiceCode: "codebuild", QuotaCode: "L-9D07B6EF" };

/**
 * Compares the settings with the account's quotas, before anything is created: otherwise a deployment that exceeds one
 * fails long after the command that caused it.
 *
 * @param environments the environments that the settings deploy
 * @throws Error that names the quota for each setting, and what to do
 */
export async function checkQuotas(settings: Settings, environments: readonly string[]): Promise<void> {
  const problems = await Promise.all([
    concurrencyProblem(settings, environments),
    rateProblem(settings),
    buildsProblem(),
  ]);
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Error(`${found.join("\n\n")}\n\nNothing was created.`);
}

async function concurrencyProblem(
  settings: Settings,
  environments: readonly string[],
): Promise<string | undefined> {
  const { service_concurrency: each } = settings;
  if (each === undefined) return undefined;
  const lambda = new LambdaClient();
  const names = functionNames.flatMap((name) =>
    environments.map((environment) => namesOf(settings).function(environment, name)),
  );
  const reserved = await Promise.all(names.map((name) => reservedFor(lambda, name)));
  const { AccountLimit = {} } = await lambda.send(new GetAccountSettingsCommand());
  const { ConcurrentExecutions: limit = 0, UnreservedConcurrentExecutions: unreserved = 0 } = AccountLimit;
  // These functions can reserve again what they already have. An account with less than 100 in total has none to
  // reserve: Lambda refuses with its whole quota as the minimum.
  const available = unreserved + sum(reserved) - Math.min(KEPT_UNRESERVED, limit);
  const wanted = each * names.length;
  if (wanted <= available) return undefined;
  const most = Math.floor(available / names.length);
  return (
    `service_concurrency is ${each}, for each of ${names.length} functions: ${wanted} concurrent executions. Lambda can reserve ` +
    `${Math.max(available, 0)} here: this account and region has ${limit}, of which other functions have ${limit - unreserved - sum(reserved)} reserved and ` +
    `${Math.min(KEPT_UNRESERVED, limit)} stay unreserved. ` +
    (most > 0 ? `Set it to ${most} or less, leave it out,` : "Leave it out,") +
    " or have the quota “Concurrent executions” of AWS Lambda raised in Service Quotas."
  );
}

async function reservedFor(lambda: LambdaClient, FunctionName: string): Promise<number> {
  try {
    const { ReservedConcurrentExecutions = 0 } = await lambda.send(
      new GetFunctionConcurrencyCommand({ FunctionName }),
    );
    return ReservedConcurrentExecutions;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return 0;
    throw error;
  }
}

async function rateProblem(settings: Settings): Promise<string | undefined> {
  const { service_requests_per_second: rate } = settings;
  const quota = await quotaOf(API_RATE);
  if (quota === undefined || rate <= quota) return undefined;
  return (
    `service_requests_per_second is ${rate}, and the quota for all APIs of this account and region is ${quota}. ` +
    `Set it to ${quota} or less, or have the quota “Throttle rate” of Amazon API Gateway raised in Service Quotas.`
  );
}

async function buildsProblem(): Promise<string | undefined> {
  const quota = await quotaOf(BUILDS);
  if (quota === undefined || quota >= 1) return undefined;
  return (
    "CodeBuild runs no build in this account and region, as in some new accounts: every step of the pipeline would fail " +
    "with AccountLimitExceededException. Have the quota “Concurrently running builds for Linux/Small environment” of " +
    "AWS CodeBuild raised to 1 or more in Service Quotas; it costs nothing."
  );
}

/** Returns the account's quota; undefined, with a message, where it cannot be read: the deployment shows the problem. */
async function quotaOf(quota: typeof API_RATE): Promise<number | undefined> {
  try {
    const { Quota } = await new ServiceQuotasClient().send(new GetServiceQuotaCommand(quota));
    return Quota?.Value;
  } catch (error) {
    const { name, message } = error as Error;
    console.log(
      `The quota ${quota.QuotaCode} of ${quota.ServiceCode} cannot be read (${name}: ${message}), so the settings are not compared with it.`,
    );
    return undefined;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
