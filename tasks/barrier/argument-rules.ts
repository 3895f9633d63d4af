import { isDeepStrictEqual } from "node:util";
import { admitted } from "./allowed";
import { placed, type Expected } from "./expected";
import { routeAuthorization } from "../../stacks/service-routes";
import { permissionsProblem, resourcePolicyProblem, trustProblem } from "./policy-document";
import { isObject, valueAt, type Json, type JsonObject } from "../../stacks/stack-json";
import { onlyReference } from "./template";

/** Returns what is wrong with an argument of a resource; the value is undefined where the resource lacks it. */
type Rule = (value: Json | undefined, expected: Expected, resource: JsonObject) => string | undefined;

/** The arguments whose values are restricted. A resource of the type must have them, unless they are `optional`. */
export const argumentRules: Readonly<Record<string, Rule>> = {
  "aws_iam_role.assume_role_policy": (value, { allowed }) => trustProblem(value, allowed.trusted),
  "aws_iam_role.permissions_boundary": (value, { boundary }) =>
    typeof value === "string" && placed(value) === boundary ? undefined : `must be ${boundary}`,
  "aws_iam_role.name": (value, { roleNames }) =>
    typeof value === "string" && value.startsWith(roleNames) ? undefined : `must begin with ${roleNames}`,
  "aws_iam_role_policy.policy": (value) => permissionsProblem(value),
  "aws_iam_role_policy.role": reference("aws_iam_role", "name"),
  "aws_apigatewayv2_api.name": (value, { apiName }) => (value === apiName ? undefined : `must be ${apiName}`),
  // A commit cannot open a route, or accept other tokens: service_auth decides, which only the operator changes.
  "aws_apigatewayv2_route.authorization_type": (value, { routes }, { route_key: key }) => {
    const { type } = routeAuthorization(routes, text(key));
    return (value ?? "NONE") === type ? undefined : `must be ${type}, by service_auth`;
  },
  "aws_apigatewayv2_route.authorization_scopes": (value, { routes }, { route_key: key }) =>
    same(value ?? [], routeAuthorization(routes, text(key)).scopes),
  "aws_apigatewayv2_route.authorizer_id": (value, { routes }, { route_key: key }) => {
    if (routeAuthorization(routes, text(key)).type === "JWT")
      return reference("aws_apigatewayv2_authorizer", "id")(value);
    return value === undefined ? undefined : "must not be set: the route accepts no tokens";
  },
  "aws_apigatewayv2_authorizer.authorizer_type": (value) => oneOf(value, ["JWT"]),
  "aws_apigatewayv2_authorizer.identity_sources": (value) => same(value, ["$request.header.Authorization"]),
  "aws_apigatewayv2_authorizer.jwt_configuration": (value, { tokens }) =>
    same(value, tokens && { issuer: tokens.issuer, audience: [tokens.audience] }),
  "aws_kms_key.policy": admitting("aws_kms_key.policy"),
  // Only the operator decides what expires. Without a rule, the bucket keeps the one that it has.
  "aws_s3_bucket.lifecycle_rule": optional((value, { oldVersionDays: days }) =>
    days !== undefined && isDeepStrictEqual(value, [oldVersionRule(days)])
      ? undefined
      : `must be missing or that of service_old_version_days (${days ?? "not set"})`,
  ),
  "aws_s3_bucket_policy.policy": admitting("aws_s3_bucket_policy.policy"),
  "aws_sns_topic_policy.policy": admitting("aws_sns_topic_policy.policy"),
  "aws_cloudwatch_log_group.skip_destroy": (value) =>
    value === true ? undefined : "must be true: only the operator deletes a log",
  "aws_lambda_permission.action": (value) => oneOf(value, ["lambda:InvokeFunction"]),
  "aws_lambda_permission.principal": (value) => oneOf(value, admitted["aws_lambda_permission.principal"]!),
  "aws_lambda_permission.source_arn": (value) =>
    typeof value === "string" && /^\$\{aws_[\w-]+\.[\w-]+\.(execution_)?arn\}(\/\*)?$/.test(value)
      ? undefined
      : "must be the ARN of a resource of this stack: otherwise the service calls it for every account",
  "aws_lambda_function.filename": ofAsset((value) =>
    typeof value === "string" && ASSET.test(value) ? undefined : "must be a file below assets/",
  ),
  "aws_lambda_function.source_code_hash": ofAsset((value, _expected, { filename }) =>
    typeof filename === "string" && value === `\${filebase64sha256("${filename}")}`
      ? undefined
      : "must be the hash of its filename",
  ),
  "aws_lambda_function.s3_key": optional((value, { programs }, { s3_bucket: bucket }) =>
    digestIn(`s3://${text(bucket ?? "")}/${text(value ?? "")}`, programs)
      ? undefined
      : `must be, with its s3_bucket, ${programs}`,
  ),
  "aws_lambda_function.role": reference("aws_iam_role", "arn"),
  "aws_codebuild_project.service_role": (value, { sharedRole }) =>
    value !== undefined && value === sharedRole ? undefined : reference("aws_iam_role", "arn")(value),
  "aws_codebuild_project.source": (value) => keys(value, ["buildspec", "type"]),
  "aws_codebuild_project.environment": programsProblem,
  "aws_codepipeline.role_arn": reference("aws_iam_role", "arn"),
  "aws_codepipeline.stage": actionsProblem,
  // With another filter, a push to another branch would start the pipeline.
  "aws_codepipeline.trigger": optional((value, { trigger }) =>
    trigger === undefined ? "must not be set without pipeline_ignore_paths" : same(value, trigger),
  ),
  "aws_codepipeline_webhook.authentication": (value) => oneOf(value, ["GITHUB_HMAC"]),
  "aws_cloudwatch_event_target.role_arn": optional(reference("aws_iam_role", "arn")),
  "aws_cloudwatch_event_target.arn": target,
  "aws_cloudwatch_metric_alarm.alarm_actions": optional(targets),
  "aws_cloudwatch_metric_alarm.ok_actions": optional(targets),
  "aws_sns_topic_subscription.protocol": (value) => oneOf(value, ["email"]),
  "aws_sns_topic_subscription.endpoint": (value, { failureEmail }) =>
    failureEmail !== undefined && value === failureEmail ? undefined : "must be pipeline_alarm_email",
  "github_repository_webhook.repository": (value, { repository }) => oneOf(value, [repository.name]),
  "github_repository_webhook.configuration": (value) =>
    keys(value, ["content_type", "insecure_ssl", "secret", "url"]) ??
    (valueAt(value, "insecure_ssl") === false ? undefined : "must check GitHub's certificate of the URL") ??
    prefixed("has a url that ", reference("aws_codepipeline_webhook", "url")(valueAt(value, "url"))),
};

/** The lifecycle rule of `stacks/constructs/private-bucket.ts`. */
function oldVersionRule(days: number | "off") {
  return {
    id: "old-versions",
    enabled: days !== "off",
    abort_incomplete_multipart_upload_days: 7,
    expiration: { expired_object_delete_marker: true },
    ...(days !== "off" && { noncurrent_version_expiration: { days } }),
  };
}

/** A file below the stack's `assets/`. */
export const ASSET = /^assets(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/** The actions that the pipeline can have besides its source: category, owner and provider. */
const ACTIONS = ["Build AWS CodeBuild", "Approval AWS Manual", "Deploy AWS Lambda"];

const GITHUB = "Source ThirdParty GitHub";
const CONNECTION = "Source AWS CodeStarSourceConnection";

function actionsProblem(stages: Json | undefined, { connection }: Expected): string | undefined {
  const source = connection === undefined ? GITHUB : CONNECTION;
  const allowed = [source, ...ACTIONS];
  if (!Array.isArray(stages)) return "must be a list of stages";
  for (const stage of stages as readonly Json[]) {
    const actions = valueAt(stage, "action");
    if (!Array.isArray(actions)) return "must have a list of actions in each stage";
    for (const action of actions as readonly Json[]) {
      const kind = kindOf(action);
      if (!allowed.includes(kind)) return `has an action ${kind}: only ${allowed.join(", ")} are allowed`;
    }
  }
  const first = valueAt(stages as Json, 0, "action", 0);
  if (kindOf(first) !== source) return "must begin with the source on GitHub";
  if (connection === undefined) return undefined;
  const used = onlyReference(valueAt(first, "configuration", "ConnectionArn"));
  return used?.type === "aws_codestarconnections_connection" && used.isData && used.attribute === "arn"
    ? undefined
    : `must have the ARN of the connection ${connection}`;
}

function kindOf(action: Json | undefined): string {
  return ["category", "owner", "provider"].map((key) => text(valueAt(action, key))).join(" ");
}

/** The path of a buildspec in the artifact; anything else is inline. */
const BUILDSPEC = /^buildspecs\/[a-z-]+\.yml$/;

/** Checks PROGRAMS of a project with an inline buildspec: without it, a privileged step would run the commit's programs. */
function programsProblem(value: Json | undefined, { programs }: Expected, project: JsonObject) {
  const buildspec = valueAt(project, "source", "buildspec");
  if (buildspec === undefined || BUILDSPEC.test(text(buildspec))) return undefined;
  const variables = valueAt(value, "environment_variable");
  const found = (Array.isArray(variables) ? (variables as readonly Json[]) : []).filter(
    (one) => valueAt(one, "name") === "PROGRAMS",
  );
  const place = found.length === 1 ? text(valueAt(found[0], "value")) : "";
  return digestIn(place, programs) ? undefined : `must have one variable PROGRAMS, which is ${programs}`;
}

/** Whether a place is that of the pinned programs, with a digest instead of `*`. */
function digestIn(place: string, programs: string): boolean {
  const [before = "", after = ""] = programs.split("*");
  const digest =
    place.startsWith(before) && place.endsWith(after) ? place.slice(before.length, -after.length) : "";
  return /^\w{64}$/.test(digest);
}

/** A rule for functions whose code is an asset: a function of the pipeline stack is one of the pinned programs. */
function ofAsset(rule: Rule): Rule {
  return (value, expected, resource) =>
    resource.s3_key === undefined ? rule(value, expected, resource) : undefined;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function optional(rule: Rule): Rule {
  return (value, ...rest) => (value === undefined ? undefined : rule(value, ...rest));
}

function admitting(argument: string): Rule {
  return (value) => resourcePolicyProblem(value, admitted[argument] ?? []);
}

function prefixed(prefix: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : prefix + problem;
}

function reference(type: string, attribute: string) {
  return (value: Json | undefined) => {
    const found = onlyReference(value);
    return found?.type === type && found.attribute === attribute && !found.isData
      ? undefined
      : `must be \${${type}.….${attribute}} of this stack`;
  };
}

/** Checks a target: the failure topic or a resource of this stack. An alarm's action could also stop instances. */
function target(value: Json | undefined, { failureTopic }: Expected): string | undefined {
  if (typeof value === "string" && placed(value) === failureTopic) return undefined;
  const found = onlyReference(value);
  return found?.attribute === "arn" && !found.isData
    ? undefined
    : `must be ${failureTopic} or the ARN of a resource of this stack`;
}

function targets(value: Json | undefined, expected: Expected): string | undefined {
  if (!Array.isArray(value)) return "must be a list";
  return (value as readonly Json[])
    .map((one) => target(one, expected))
    .find((problem) => problem !== undefined);
}

function same(value: Json | undefined, expected: object | undefined): string | undefined {
  return isDeepStrictEqual(value, expected) ? undefined : `must be ${JSON.stringify(expected)}`;
}

function oneOf(value: Json | undefined, values: readonly string[]): string | undefined {
  return values.includes(value as string) ? undefined : `must be ${values.join(" or ")}`;
}

function keys(value: Json | undefined, allowed: readonly string[]): string | undefined {
  if (!isObject(value)) return "must be an object";
  const other = Object.keys(value).find((key) => !allowed.includes(key));
  return other === undefined ? undefined : `has ${other}: only ${allowed.join(", ")} are allowed`;
}
