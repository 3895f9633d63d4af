import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import { FunctionRule } from "./function-rule";
import { keptLogGroup } from "./kept-log-group";
import { ServiceRole, type ServiceRoleProps } from "./service-role";

export interface CommitStatusesProps {
  /** The name of the function, its role, its rule and its log group. */
  readonly name: string;
  readonly pipelineName: string;
  readonly role: Pick<ServiceRoleProps, "trust" | "statements" | "permissionsBoundary">;
  /** The zip with the pinned programs. */
  readonly programs: { readonly bucket: string; readonly key: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly alarmName: string;
  /** Is notified by the alarm. */
  readonly topicArn: string;
  /** What the role that deploys it needs first. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The function that sets a commit status on GitHub for each stage of a pipeline, and the rule that invokes it. */
export class CommitStatuses extends Construct {
  constructor(scope: Construct, id: string, props: CommitStatusesProps) {
    super(scope, id);
    const role = new ServiceRole(this, "role", {
      roleName: props.name,
      description: `Sets the commit statuses of ${props.pipelineName}`,
      ...props.role,
    });
    const log = keptLogGroup(this, "log", `/aws/lambda/${props.name}`);
    const handler = new LambdaFunction(this, "function", {
      functionName: props.name,
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "dist/tasks/stage-status.handler",
      // The programs of the builds, under the digest that the pipeline pins.
      s3Bucket: props.programs.bucket,
      s3Key: props.programs.key,
      memorySize: 256,
      // A request to GitHub times out after 30 seconds.
      timeout: 60,
      environment: { variables: { ...props.environment } },
      dependsOn: [role.policy, log, ...props.dependsOn],
    });
    new LambdaFunctionEventInvokeConfig(this, "invocations", {
      functionName: handler.functionName,
      // By default Lambda retries after one and two minutes, and for hours when it is throttled, and the function would
      // set a status that is no longer true:
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
    acceptFindings(handler, {
      CKV_AWS_50: "Its calls are in its log, and no user waits for one.",
      CKV_AWS_115: "It is invoked some sixty times in a run.",
      CKV_AWS_116: "A status that could not be set is outdated a minute later; an alarm notifies of it.",
      CKV_AWS_117: "It uses nothing in a VPC.",
      CKV_AWS_173: "Its variables are not secret.",
      CKV_AWS_272: "Its code is part of the pinned programs, which are identified by their digest.",
    });
    new FunctionRule(this, "events", {
      ruleName: props.name,
      description: `The stages and approvals of ${props.pipelineName}`,
      pattern: {
        source: ["aws.codepipeline"],
        "detail-type": [
          "CodePipeline Stage Execution State Change",
          "CodePipeline Action Execution State Change",
        ],
        detail: { pipeline: [props.pipelineName] },
      },
      functionName: handler.functionName,
      arn: handler.arn,
    });
    new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: props.alarmName,
      alarmDescription: `${props.name} cannot set commit statuses on GitHub; its log says why. Runs are not affected.`,
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: handler.functionName },
      statistic: "Sum",
      // A day: the function also succeeds, with events that change no status, and would end and repeat the alarm.
      period: 86_400,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // It notifies once, until a day has passed without an error.
      treatMissingData: "notBreaching",
      alarmActions: [props.topicArn],
    });
  }
}
