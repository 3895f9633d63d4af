/** The permissions on the function that sets commit statuses: its own, and those to deploy it. */
import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";
import { manageLogs, passRole, reads } from "./terraform";

/** The permissions of the function: to read one pipeline's executions and one token, and to write its log. */
export function commitStatusPermissions(arns: Arns): Statement[] {
  return [
    allow("codepipeline:GetPipelineExecution", arns.pipeline, "The commit of the execution."),
    allow("secretsmanager:GetSecretValue", arns.secret, "The GitHub token that sets the status."),
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      arns.logStreams(logGroup(arns)),
      "Lambda writes the streams of the function's log.",
    ),
  ];
}

/** Reads the function, its rule and its log group, as a plan does. */
export function readCommitStatuses(arns: Arns): Statement[] {
  if (!arns.names.setsCommitStatuses) return [];
  return [
    allow(functionReads, functionArn(arns), "The function that sets commit statuses."),
    allow(reads.rule, ruleArn(arns), "The rule that invokes it."),
    allow("logs:ListTagsForResource", arns.logGroup(logGroup(arns)), "Its log, without the events."),
  ];
}

/** Creates and changes the function and its rule. Only bootstrap removes them, after a change of the setting. */
export function manageCommitStatuses(arns: Arns): Statement[] {
  if (!arns.names.setsCommitStatuses) return [];
  return [
    allow(
      [
        ...functionReads,
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:PutFunctionEventInvokeConfig",
        "lambda:AddPermission",
        "lambda:RemovePermission",
      ],
      functionArn(arns),
      "The function that sets commit statuses.",
    ),
    allow([...reads.rule, "events:PutRule", "events:PutTargets"], ruleArn(arns), "The rule that invokes it."),
    ...manageLogs(arns, logGroup(arns)),
    passRole(arns.role(arns.names.commitStatuses), "lambda.amazonaws.com"),
  ];
}

/** The actions with which the provider reads the function. */
const functionReads = [
  "lambda:GetFunction",
  "lambda:GetFunctionCodeSigningConfig",
  "lambda:GetFunctionEventInvokeConfig",
  "lambda:ListVersionsByFunction",
  "lambda:GetPolicy",
];

const functionArn = (arns: Arns) => arns.of("lambda", `function:${arns.names.commitStatuses}`);

const ruleArn = (arns: Arns) => arns.of("events", `rule/${arns.names.commitStatuses}`);

const logGroup = ({ names }: Arns) => `/aws/lambda/${names.commitStatuses}`;
