import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CodePipelineClient, ListPipelineExecutionsCommand } from "@aws-sdk/client-codepipeline";
import { CodeBuildClient, ListBuildsCommand, ListProjectsCommand } from "@aws-sdk/client-codebuild";
import { IAMClient, ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { ListFunctionsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ListSubscriptionsCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Config } from "./attempt";

/** What an account has that no plan would show: what was made beside the stacks, and what is in the buckets. */
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
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const { Items = [] } = await new ApiGatewayV2Client(client).send(new GetApisCommand({}));
  const { Functions = [] } = await new LambdaClient(client).send(new ListFunctionsCommand({}));
  const { MetricAlarms = [] } = await new CloudWatchClient(client).send(new DescribeAlarmsCommand({}));
  const { Subscriptions = [] } = await new SNSClient(client).send(new ListSubscriptionsCommand({}));
  const secret = await new SecretsManagerClient(client).send(
    new DescribeSecretCommand({ SecretId: "PIPELINE_GITHUB" }),
  );
  const codebuild = new CodeBuildClient(client);
  const { projects } = await codebuild.send(new ListProjectsCommand({}));
  const { ids } = await codebuild.send(new ListBuildsCommand({}));
  const { pipelineExecutionSummaries = [] } = await new CodePipelineClient(client).send(
    new ListPipelineExecutionsCommand({ pipelineName: "hw-pipeline" }),
  );
  return {
    objects: objects.flat().sort(),
    users: Users.map(({ UserName }) => UserName),
    roles: Roles.map(({ RoleName }) => RoleName).sort(),
    apis: Items.map(({ Name }) => Name).sort(),
    functions: Functions.map(({ FunctionName }) => FunctionName).sort(),
    alarms: MetricAlarms.map(({ AlarmName, ActionsEnabled }) => [AlarmName, ActionsEnabled]),
    subscriptions: Subscriptions.map(({ Endpoint }) => Endpoint),
    secret: [secret.DeletedDate, secret.VersionIdsToStages],
    projects,
    builds: ids,
    executions: pipelineExecutionSummaries.map(({ pipelineExecutionId, status }) => [
      pipelineExecutionId,
      status,
    ]),
  };
}
