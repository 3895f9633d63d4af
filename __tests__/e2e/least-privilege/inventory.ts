import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CodePipelineClient,
  ListPipelineExecutionsCommand,
  ListPipelinesCommand,
  ListWebhooksCommand,
} from "@aws-sdk/client-codepipeline";
import { CodeBuildClient, ListBuildsCommand, ListProjectsCommand } from "@aws-sdk/client-codebuild";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { IAMClient, ListPoliciesCommand, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { ListFunctionsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { paginateDescribeParameters, SSMClient } from "@aws-sdk/client-ssm";
import type { Config } from "./attempt";

/** Lists what no plan would show: resources outside of the stacks, and the content of buckets. */
export async function inventory(client: Config) {
  const [iam, s3] = [new IAMClient(client), new S3Client({ ...client, forcePathStyle: true })];
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const objects = await Promise.all(
    Buckets.map(async ({ Name: Bucket }) => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Bucket}/${Key} ${VersionId}`);
    }),
  );
  const { Users = [] } = await iam.send(new ListUsersCommand({}));
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const { Items = [] } = await new ApiGatewayV2Client(client).send(new GetApisCommand({}));
  const { Functions = [] } = await new LambdaClient(client).send(new ListFunctionsCommand({}));
  const { MetricAlarms = [] } = await new CloudWatchClient(client).send(new DescribeAlarmsCommand({}));
  const { logGroups = [] } = await new CloudWatchLogsClient(client).send(new DescribeLogGroupsCommand({}));
  const { Rules = [] } = await new EventBridgeClient(client).send(new ListRulesCommand({}));
  const sns = new SNSClient(client);
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}));
  const { QueueUrls = [] } = await new SQSClient(client).send(new ListQueuesCommand({}));
  const parameters: string[] = [];
  for await (const page of paginateDescribeParameters({ client: new SSMClient(client) }, {}))
    parameters.push(...(page.Parameters ?? []).map(({ Name, Version }) => `${Name} ${Version}`));
  const secret = await new SecretsManagerClient(client).send(
    new DescribeSecretCommand({ SecretId: "PIPELINE_GITHUB" }),
  );
  const codebuild = new CodeBuildClient(client);
  const { projects } = await codebuild.send(new ListProjectsCommand({}));
  const { ids } = await codebuild.send(new ListBuildsCommand({}));
  const codepipeline = new CodePipelineClient(client);
  const { pipelines = [] } = await codepipeline.send(new ListPipelinesCommand({}));
  const { webhooks = [] } = await codepipeline.send(new ListWebhooksCommand({}));
  const { pipelineExecutionSummaries = [] } = await codepipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName: "hw-pipeline" }),
  );
  return {
    buckets: Buckets.map(({ Name }) => Name).sort(),
    objects: objects.flat().sort(),
    queues: QueueUrls.sort(),
    users: Users.map(({ UserName }) => UserName),
    roles: Roles.map(({ RoleName }) => RoleName).sort(),
    policies: Policies.map(({ PolicyName, DefaultVersionId }) => [PolicyName, DefaultVersionId]).sort(),
    apis: Items.map(({ Name }) => Name).sort(),
    functions: Functions.map(({ FunctionName }) => FunctionName).sort(),
    alarms: MetricAlarms.map(({ AlarmName, ActionsEnabled }) => [AlarmName, ActionsEnabled]),
    logGroups: logGroups.map(({ logGroupName }) => logGroupName).sort(),
    rules: Rules.map(({ Name }) => Name).sort(),
    topics: Topics.map(({ TopicArn }) => TopicArn),
    parameters: parameters.sort(),
    subscriptions: Subscriptions.map(({ Endpoint }) => Endpoint),
    secret: [secret.DeletedDate, secret.VersionIdsToStages],
    projects,
    pipelines: pipelines.map(({ name, version }) => [name, version]),
    webhooks: webhooks.map(({ definition }) => definition?.name),
    builds: ids,
    executions: pipelineExecutionSummaries.map(({ pipelineExecutionId, status }) => [
      pipelineExecutionId,
      status,
    ]),
  };
}
