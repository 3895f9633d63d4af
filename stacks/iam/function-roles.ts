import { allow, trust, type Statement, type TrustStatement } from "../constructs/policy";
import { definitionOf, type ServiceFunction } from "../functions";
import type { Environment } from "../names";
import type { Arns } from "./arns";
import { servicePermissions } from "./service-permissions";

/** Lambda is allowed to assume a function's role. */
export const functionTrust: readonly TrustStatement[] = [
  trust(
    "lambda.amazonaws.com",
    "Without a condition: Lambda names neither account nor function when it assumes a role.",
  ),
];

/** The permissions of a function: its own, those that its trigger needs, and those that all functions have. */
export function functionPermissions(
  arns: Arns,
  environment: Environment,
  name: ServiceFunction,
): Statement[] {
  return [
    ...servicePermissions[name](arns, environment),
    ...(definitionOf(name).trigger.kind === "objects" ? [sendFailedEvents(arns, environment)] : []),
    ownLog(arns, environment, name),
    traces,
  ];
}

const traces = allow(
  ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  "*",
  "Lambda sends the traces of a call to X-Ray, which has no resource-level permissions.",
);

function sendFailedEvents(arns: Arns, environment: Environment): Statement {
  return allow(
    "sqs:SendMessage",
    arns.deadLetterQueue(environment),
    "Lambda sends an event that failed three times to the queue, with the function's own role.",
  );
}

function ownLog(arns: Arns, environment: Environment, name: ServiceFunction): Statement {
  return allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    arns.logStreams(`/aws/lambda/${arns.names.function(environment, name)}`),
    "The function writes the streams of its own log.",
  );
}
