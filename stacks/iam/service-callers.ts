/** The permissions to call the API, by the setting `service_auth`. */
import { allow, type Statement } from "../constructs/policy";
import { releasedEnvironment, verificationDocument, type Environment } from "../names";
import type { Arns } from "./arns";

/** Calls the API of the tested environment with any method and path. */
export function testApi(arns: Arns, environment: Environment): Statement[] {
  return callApi(arns, environment, [arns.request("*")], "The tests call the API of this environment.");
}

/** Uploads, reads and deletes the document with which production is verified. */
export function verifyApi(arns: Arns): Statement[] {
  const path = `documents/${verificationDocument}`;
  const requests = [`GET/${path}`, `GET/${path}/metadata`, `PUT/${path}`, `DELETE/${path}`];
  return callApi(
    arns,
    releasedEnvironment,
    requests.map((request) => arns.request(request)),
    "Verifies production with one document.",
  );
}

function callApi(
  arns: Arns,
  environment: Environment,
  requests: readonly string[],
  purpose: string,
): Statement[] {
  switch (arns.names.serviceAuth) {
    case "none":
      return [];
    case "iam":
      return [
        allow(
          "execute-api:Invoke",
          requests.length === 1 ? requests[0]! : requests,
          `${purpose} AWS generates its id: the boundary limits this to it.`,
        ),
      ];
    case "jwt":
      return [
        allow(
          "secretsmanager:GetSecretValue",
          arns.serviceAuthSecret(environment),
          `${purpose} The secret has the client that gets a token for it.`,
        ),
      ];
  }
}

/**
 * The requests and secrets that a boundary limits callers to. The ARNs are short, because a boundary has few characters:
 * an API's id is unique in its region, and another account's secret has a policy of its own.
 */
function limitOf({ names }: Arns, environment: Environment, apiId: string): string[] {
  const { serviceAuth, serviceAuthSecret } = names;
  if (serviceAuth === "iam") return [`arn:*:execute-api:*:*:${apiId}/*`];
  return serviceAuth === "jwt"
    ? [`arn:*:secretsmanager:*:*:secret:${serviceAuthSecret(environment)}-??????`]
    : [];
}

/** The action with which a step calls an API; undefined if that needs no permission. */
function callAction({ names }: Arns): string | undefined {
  return { iam: "execute-api:Invoke", jwt: "secretsmanager:GetSecretValue", none: undefined }[
    names.serviceAuth
  ];
}

/** What every role of the pipeline could be allowed to call: the API of the tested environment. */
export function limitTests(arns: Arns, testedApi: string): { actions: string[]; resources: string[] } {
  const action = callAction(arns);
  const [tested] = arns.names.environments;
  return { actions: action === undefined ? [] : [action], resources: limitOf(arns, tested!, testedApi) };
}

/** Reserves production's API to VerifyProd, whatever permissions SelfUpdate gives to other roles. */
export function limitVerification(arns: Arns, productionApi: string): Statement[] {
  const action = callAction(arns);
  const { names } = arns;
  if (action === undefined || names.isBranchPipeline) return [];
  return [
    {
      ...allow(
        action,
        limitOf(arns, releasedEnvironment, productionApi)[0]!,
        "Production's API: only VerifyProd calls it.",
      ),
      Condition: { StringLike: { "aws:PrincipalArn": `*/${names.stepRole("VerifyProd")}` } },
    },
  ];
}
