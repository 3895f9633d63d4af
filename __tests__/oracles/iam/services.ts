/** What a service calls in an account, and the global condition keys it supplies with that, as AWS documents them. */
interface Call {
  readonly service: string;
  /** An action, or all of a service as in `kms:*`. */
  readonly action: string;
  readonly keys: readonly string[];
  readonly source: string;
}

const [sourceArn, sourceAccount] = ["aws:SourceArn", "aws:SourceAccount"];
const guides = "https://docs.aws.amazon.com";
const topicKeys = `${guides}/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services`;
const ruleTargets = `${guides}/eventbridge/latest/userguide/eb-use-resource-based.html`;

/** The calls of the service principals that the stacks name. */
const calls: readonly Call[] = [
  {
    service: "apigateway.amazonaws.com",
    action: "lambda:InvokeFunction",
    keys: [sourceArn],
    source: `${guides}/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html`,
  },
  {
    service: "cloudwatch.amazonaws.com",
    action: "sns:Publish",
    keys: [sourceArn, sourceAccount],
    source: `${guides}/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html`,
  },
  {
    service: "cloudwatch.amazonaws.com",
    action: "kms:*",
    keys: [sourceArn, sourceAccount],
    source: topicKeys,
  },
  {
    service: "codebuild.amazonaws.com",
    action: "sts:AssumeRole",
    keys: [sourceArn, sourceAccount],
    source: `${guides}/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html`,
  },
  // No page says which keys it supplies, so a condition on any is a finding.
  {
    service: "codepipeline.amazonaws.com",
    action: "sts:AssumeRole",
    keys: [],
    source: `${guides}/codepipeline/latest/userguide/how-to-custom-role.html`,
  },
  {
    service: "delivery.logs.amazonaws.com",
    action: "logs:*",
    keys: [sourceArn, sourceAccount],
    source: `${guides}/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html`,
  },
  { service: "events.amazonaws.com", action: "kms:*", keys: [], source: topicKeys },
  { service: "events.amazonaws.com", action: "sns:Publish", keys: [], source: ruleTargets },
  { service: "events.amazonaws.com", action: "logs:CreateLogStream", keys: [], source: ruleTargets },
  // AWS's own example has no condition, that of the Terraform provider has one for writing.
  {
    service: "events.amazonaws.com",
    action: "logs:PutLogEvents",
    keys: [sourceArn],
    source:
      "https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_event_target",
  },
  {
    service: "events.amazonaws.com",
    action: "lambda:InvokeFunction",
    keys: [sourceArn],
    source: ruleTargets,
  },
  {
    service: "events.amazonaws.com",
    action: "sts:AssumeRole",
    keys: [sourceArn, sourceAccount],
    source: `${guides}/eventbridge/latest/userguide/policy-keys-eventbridge.html`,
  },
  // The stacks set no condition for it.
  {
    service: "lambda.amazonaws.com",
    action: "sts:AssumeRole",
    keys: [],
    source: `${guides}/lambda/latest/dg/lambda-intro-execution-role.html`,
  },
  {
    service: "s3.amazonaws.com",
    action: "lambda:InvokeFunction",
    keys: [sourceArn, sourceAccount],
    source: `${guides}/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html`,
  },
];

/**
 * What is wrong with letting a service do something under a condition on these global keys: that nothing says it
 * makes this call, or that it supplies no such key with it, so that the statement never allows anything.
 */
export function serviceFindings(service: string, action: string, globalKeys: readonly string[]): string[] {
  const ofService = calls.filter((call) => call.service === service);
  const call =
    ofService.find((one) => one.action === action) ??
    ofService.find((one) => one.action === `${action.split(":")[0]}:*`);
  if (!call) return [`no known call: ${service} performs ${action} (services.ts lists calls with sources)`];
  const supplied = call.keys.map((key) => key.toLowerCase());
  return globalKeys
    .filter((key) => !supplied.includes(key.toLowerCase()))
    .map((key) => `${service} supplies no ${key} with ${action}: ${call.source}`);
}
