import {
  ApiGatewayV2Client,
  CreateApiCommand,
  DeleteApiCommand,
  UpdateApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  DeleteQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { REGION } from "../../../rehearsal/__tests__/ministack/fixture";
import { type Attempt, attempt, type Config, noRole, of, role } from "./attempt";

const lambda = (config: Config) => new LambdaClient(config);
const code = { ZipFile: Buffer.from("PK") };

interface Owners {
  /** Who moves traffic to a version. */
  readonly movers: readonly string[];
  /** Who calls a version, to try it. */
  readonly callers: readonly string[];
}

/** The functions of an environment are those of the step that deploys it. */
function functions(environment: string, owner: readonly string[], { movers, callers }: Owners): Attempt[] {
  const FunctionName = `hw-${environment}-api`;
  const arn = of("lambda", `function:${FunctionName}`);
  return [
    attempt(`change the code of ${FunctionName}`, ["lambda:UpdateFunctionCode", arn], owner, (to) =>
      lambda(to).send(new UpdateFunctionCodeCommand({ FunctionName, ...code })),
    ),
    attempt(`change ${FunctionName}`, ["lambda:UpdateFunctionConfiguration", arn], owner, (to) =>
      lambda(to).send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 3 })),
    ),
    attempt(`move the traffic of ${FunctionName}`, ["lambda:UpdateAlias", arn], movers, (to) =>
      lambda(to).send(new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" })),
    ),
    attempt(`let anybody call ${FunctionName}`, ["lambda:AddPermission", arn], owner, (to) =>
      lambda(to).send(
        new AddPermissionCommand({
          FunctionName,
          StatementId: "mine",
          Action: "lambda:InvokeFunction",
          Principal: "*",
        }),
      ),
    ),
    attempt(`remove the function ${FunctionName}`, ["lambda:DeleteFunction", arn], owner, (to) =>
      lambda(to).send(new DeleteFunctionCommand({ FunctionName })),
    ),
    attempt(`call ${FunctionName}`, ["lambda:InvokeFunction", arn], callers, (to) =>
      lambda(to).send(new InvokeCommand({ FunctionName })),
    ),
    // The role is another's, whoever makes the function.
    attempt(
      `make a function of ${environment} with the role of SelfUpdate`,
      ["iam:PassRole", role("hw-pipeline-SelfUpdate"), { "iam:PassedToService": "lambda.amazonaws.com" }],
      noRole,
      (to) =>
        lambda(to).send(
          new CreateFunctionCommand({
            FunctionName: `hw-${environment}-mine`,
            Role: role("hw-pipeline-SelfUpdate"),
            Runtime: "nodejs22.x",
            Handler: "index.handler",
            Code: code,
          }),
        ),
    ),
  ];
}

const gateway = (config: Config) => new ApiGatewayV2Client(config);
const apis = (path: string) => `arn:aws:apigateway:${REGION}::/apis${path}`;
const production = { "apigateway:Resource/ApiName": "hw-prod" };

/** An API's id is made up by AWS; what can be bound by its name is. */
const api: readonly Attempt[] = [
  attempt(
    "make an API of production's name",
    ["apigateway:POST", apis(""), { "apigateway:Request/ApiName": "hw-prod" }],
    noRole,
    (to) => gateway(to).send(new CreateApiCommand({ Name: "hw-prod", ProtocolType: "HTTP" })),
  ),
  attempt(
    "make an API of another name",
    ["apigateway:POST", apis(""), { "apigateway:Request/ApiName": "mine" }],
    noRole,
    (to) => gateway(to).send(new CreateApiCommand({ Name: "mine", ProtocolType: "HTTP" })),
  ),
  attempt(
    "change production's API",
    ["apigateway:PATCH", apis("/abc"), production],
    ["pipeline-DeployOnProd"],
    (to, { api: ApiId }) =>
      gateway(to).send(new UpdateApiCommand({ ApiId, DisableExecuteApiEndpoint: true })),
  ),
  attempt(
    "change an API with production's tag and dev's name",
    [
      "apigateway:PATCH",
      apis("/abc"),
      { "apigateway:Resource/ApiName": "hw-dev", "aws:ResourceTag/hw_api": "hw-prod" },
    ],
    noRole,
  ),
  attempt(
    "remove production's API",
    ["apigateway:DELETE", apis("/abc"), production],
    noRole,
    (to, { api: ApiId }) => gateway(to).send(new DeleteApiCommand({ ApiId })),
  ),
];

const logs = (config: Config) => new CloudWatchLogsClient(config);

/** How long a log is kept is a matter of the step that deploys what writes it; that it is there, of a person. */
function log(logGroupName: string, owner: readonly string[]): Attempt[] {
  const arn = of("logs", `log-group:${logGroupName}:log-stream:`);
  return [
    attempt(`remove the log ${logGroupName}`, ["logs:DeleteLogGroup", arn], noRole, (to) =>
      logs(to).send(new DeleteLogGroupCommand({ logGroupName })),
    ),
    attempt(`remove a stream of ${logGroupName}`, ["logs:DeleteLogStream", `${arn}mine`], noRole, (to) =>
      logs(to).send(new DeleteLogStreamCommand({ logGroupName, logStreamName: "mine" })),
    ),
    attempt(`shorten the log ${logGroupName}`, ["logs:PutRetentionPolicy", arn], owner, (to) =>
      logs(to).send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 })),
    ),
  ];
}

const sqs = (config: Config) => new SQSClient(config);

/** Failed events are a person's to read and to remove; the queue is made by the step that deploys the function. */
function failedEvents(environment: string, owner: readonly string[]): Attempt[] {
  const QueueUrl = `hw-${environment}-failed-events`;
  const arn = of("sqs", QueueUrl);
  return [
    attempt(`read the failed events of ${environment}`, ["sqs:ReceiveMessage", arn], noRole, (to) =>
      sqs(to).send(new ReceiveMessageCommand({ QueueUrl })),
    ),
    attempt(`remove the failed events of ${environment}`, ["sqs:PurgeQueue", arn], noRole, (to) =>
      sqs(to).send(new PurgeQueueCommand({ QueueUrl })),
    ),
    attempt(`remove the queue ${QueueUrl}`, ["sqs:DeleteQueue", arn], noRole, (to) =>
      sqs(to).send(new DeleteQueueCommand({ QueueUrl })),
    ),
    attempt(`change the queue ${QueueUrl}`, ["sqs:SetQueueAttributes", arn], owner, (to) =>
      sqs(to).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { MessageRetentionPeriod: "60" } })),
    ),
    attempt(
      `make up a failed event of ${environment}`,
      ["sqs:SendMessage", arn],
      [`${environment}-record-object`],
      (to) => sqs(to).send(new SendMessageCommand({ QueueUrl, MessageBody: "mine" })),
    ),
  ];
}

export const service: readonly Attempt[] = [
  ...failedEvents("prod", ["pipeline-DeployOnProd"]),
  ...failedEvents("dev", ["pipeline-DeployOnDev"]),
  attempt("open all logs to somebody else", ["logs:PutResourcePolicy", "*"], noRole, (to) =>
    logs(to).send(new PutResourcePolicyCommand({ policyName: "mine", policyDocument: "{}" })),
  ),
  ...functions("prod", ["pipeline-DeployOnProd"], {
    movers: ["pipeline", "pipeline-DeployOnProd"],
    callers: ["pipeline-DeployOnProd"],
  }),
  ...functions("dev", ["pipeline-DeployOnDev"], { movers: ["pipeline-DeployOnDev"], callers: noRole }),
  ...api,
  ...log("/aws/lambda/hw-prod-api", ["pipeline-DeployOnProd"]),
  ...log("/aws/lambda/hw-dev-api", ["pipeline-DeployOnDev"]),
  ...log("/aws/codebuild/hw-UnitTest", ["pipeline-SelfUpdate"]),
];
