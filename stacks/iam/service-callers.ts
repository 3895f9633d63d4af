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
 * The most that roles of the pipeline can do with the APIs: only VerifyProd calls production's.
 *
 * @param productionApi the id of production's API
 * @param testedApi that of the environment that is tested
 */
export function limitCallers(arns: Arns, productionApi: string, testedApi: string): Statement[] {
  const { names } = arns;
  if (names.serviceAuth === "none") return [];
  const isIam = names.serviceAuth === "iam";
  const called = (environment: Environment, api: string) =>
    allow(
      isIam ? "execute-api:Invoke" : "secretsmanager:GetSecretValue",
      isIam ? arns.of("execute-api", `${api}/*`) : arns.serviceAuthSecret(environment),
      environment === releasedEnvironment
        ? "Production's API, which only VerifyProd calls."
        : "The API of the tested environment.",
    );
  return [
    called(names.environments[0]!, testedApi),
    ...(names.isBranchPipeline
      ? []
      : [
          {
            ...called(releasedEnvironment, productionApi),
            Condition: { ArnEquals: { "aws:PrincipalArn": arns.role(names.stepRole("VerifyProd")) } },
          },
        ]),
  ];
}
