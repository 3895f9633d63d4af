import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { BatchGetBuildsCommand, BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  GetPipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  ListWebhooksCommand,
} from "@aws-sdk/client-codepipeline";
import { EventBridgeClient, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketPolicyCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { SETTINGS } from "../../../rehearsal/src/session";
import type { Harness } from "../harness";
import { inventory } from "../least-privilege/inventory";

const STATES = `${SETTINGS.pipeline_bucket_name}-state`;

/** Lists and reads everything in the account and on GitHub. @returns the responses as JSON */
export async function everything({ session, client }: Harness): Promise<unknown> {
  const listed = await inventory(client);
  const answers = [
    await identities(client, listed.roles as string[]),
    await functions(client, listed.functions as string[]),
    await objects(client),
    await delivery(client, listed),
    await github(session),
    [...(await session.emulator.decisions())].sort((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
    ),
  ];
  return JSON.parse(JSON.stringify([listed, answers], withoutMetadata));
}

type Client = Harness["client"];

/** Leaves out the ids of requests, which differ each time. */
function withoutMetadata(name: string, value: unknown): unknown {
  return name === "$metadata" ? undefined : value;
}

async function identities(client: Client, roles: readonly string[]) {
  const iam = new IAMClient(client);
  return Promise.all(
    roles.map(async (RoleName) => {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      const policies = PolicyNames.map((PolicyName) =>
        iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
      );
      return [(await iam.send(new GetRoleCommand({ RoleName }))).Role, await Promise.all(policies)];
    }),
  );
}

async function functions(client: Client, names: readonly string[]) {
  const lambda = new LambdaClient(client);
  return Promise.all(
    names.map(async (FunctionName) => [
      await lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
      (await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }))).Versions,
      (await lambda.send(new ListAliasesCommand({ FunctionName }))).Aliases,
    ]),
  );
}

async function objects(client: Client) {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const states = ["pipeline", "service-dev", "service-prod", "state"].map(async (stack) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: STATES, Key: `hw/${stack}.tfstate` }));
    return Body!.transformToString();
  });
  const Path = `/${SETTINGS.hw_stack_name}/`;
  return [
    await Promise.all(states),
    await s3.send(new GetBucketPolicyCommand({ Bucket: STATES })),
    (await new SSMClient(client).send(new GetParametersByPathCommand({ Path }))).Parameters,
  ];
}

async function delivery(client: Client, { rules, projects = [], builds = [] }: Listed) {
  const pipelines = new CodePipelineClient(client);
  const codebuild = new CodeBuildClient(client);
  const name = `${SETTINGS.hw_stack_name}-pipeline`;
  const events = new EventBridgeClient(client);
  const { MetricAlarms = [] } = await new CloudWatchClient(client).send(new DescribeAlarmsCommand({}));
  return [
    await pipelines.send(new GetPipelineCommand({ name })),
    await pipelines.send(new GetPipelineStateCommand({ name })),
    await pipelines.send(new ListPipelineExecutionsCommand({ pipelineName: name })),
    await pipelines.send(new ListActionExecutionsCommand({ pipelineName: name })),
    (await pipelines.send(new ListWebhooksCommand({}))).webhooks,
    (await codebuild.send(new BatchGetProjectsCommand({ names: projects }))).projects,
    (await codebuild.send(new BatchGetBuildsCommand({ ids: builds }))).builds,
    // The state of an alarm can change at any time.
    MetricAlarms.map(({ StateValue: _, StateReason: __, StateUpdatedTimestamp: ___, ...alarm }) => [
      alarm.AlarmName,
      alarm.AlarmActions,
      alarm.Dimensions,
    ]),
    await Promise.all(rules.map((Rule) => events.send(new ListTargetsByRuleCommand({ Rule })))),
  ];
}

interface Listed {
  readonly rules: readonly (string | undefined)[];
  readonly projects: string[] | undefined;
  readonly builds: string[] | undefined;
}

async function github({ github: standIn, githubToken }: Harness["session"]) {
  const repository = `${standIn.api}repos/${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}`;
  const read = async (path: string) => {
    const answer = await fetch(`${repository}${path}`, {
      headers: { Authorization: `Bearer ${githubToken}` },
    });
    const body: unknown = await answer.json();
    return body;
  };
  return [await read(""), await read("/hooks"), await read("/git/ref/heads/main"), standIn.deliveries()];
}
