import { namesOf } from "../../stacks/names";
import { routeAuthorization, routesBesideDefault } from "../../stacks/service-routes";
import { settingsWith, tokenSettings as jwt } from "../support/settings";
import {
  list,
  permissionsByRole,
  pipelineStack,
  resourcesOf,
  serviceStack,
  stateStack,
  statements,
  synthesized,
  type Synthesized,
} from "../support/synth";

const iam = { service_auth: "iam" };
const cors = { service_cors_origins: "https://a.example" };
const read = ["documents:read", "documents/read"];
const write = ["documents:write", "documents/write"];

/** The routes of a stack: what each asks for, by its key. */
function routesOf(stack: Synthesized): Record<string, unknown> {
  const routes = resourcesOf(stack, "aws_apigatewayv2_route").map((route): [string, unknown] => [
    String(route.route_key),
    [route.authorization_type ?? "NONE", ...((route.authorization_scopes ?? []) as string[])],
  ]);
  return Object.fromEntries(routes);
}

describe("the API's routes", () => {
  const open = { "GET /health": ["NONE"], "HEAD /health": ["NONE"] };

  it("are one that anyone is allowed to call, without service_auth and with none", () => {
    for (const service_auth of ["", "none"]) {
      const stack = synthesized(serviceStack("prod", { service_auth, ...cors }));
      expect(resourcesOf(stack, "aws_apigatewayv2_route")).toEqual([
        {
          api_id: expect.any(String) as string,
          route_key: "$default",
          target: expect.any(String) as string,
        },
      ]);
      expect(stack.resource).not.toHaveProperty("aws_apigatewayv2_authorizer");
    }
  });

  it("accept signed requests only, except for /health", () => {
    expect(routesOf(synthesized(serviceStack("prod", iam)))).toEqual({
      ...open,
      $default: ["AWS_IAM"],
      "ANY /{path+}": ["AWS_IAM"],
    });
  });

  it("accept tokens only, with a scope for reading or writing, except for /health", () => {
    expect(routesOf(synthesized(serviceStack("prod", jwt)))).toEqual({
      ...open,
      $default: ["JWT"],
      "GET /{path+}": ["JWT", ...read],
      "HEAD /{path+}": ["JWT", ...read],
      "PUT /{path+}": ["JWT", ...write],
      "POST /{path+}": ["JWT", ...write],
      "DELETE /{path+}": ["JWT", ...write],
      "PATCH /{path+}": ["JWT", ...write],
    });
  });

  it("answer the preflight requests of browsers, if pages are allowed to call the API", () => {
    for (const settings of [iam, jwt]) {
      const stack = synthesized(serviceStack("prod", { ...settings, ...cors }));
      expect(routesOf(stack)["OPTIONS /{path+}"]).toEqual(["NONE"]);
      const [{ cors_configuration: configuration } = {}] = resourcesOf(stack, "aws_apigatewayv2_api");
      expect((configuration as { allow_headers: string[] }).allow_headers).toContain("authorization");
    }
  });

  it("invoke one integration", () => {
    const stack = synthesized(serviceStack("prod", jwt));
    expect(new Set(resourcesOf(stack, "aws_apigatewayv2_route").map(({ target }) => target)).size).toBe(1);
    expect(
      resourcesOf(stack, "aws_lambda_permission").filter(
        ({ principal }) => principal === "apigateway.amazonaws.com",
      ),
    ).toHaveLength(1);
  });

  it("are closed if they are not known, whatever their key is", () => {
    const keys = [
      "get /health",
      "GET /health/",
      "ANY /health",
      "OPTIONS /{path+}",
      "OPTIONS /documents",
      "",
      "GET",
      "$Default",
    ];
    for (const key of keys) {
      expect([key, routeAuthorization(settingsWith(iam), key).type]).toEqual([key, "AWS_IAM"]);
      expect([key, routeAuthorization(settingsWith(jwt), key).type]).toEqual([key, "JWT"]);
    }
    expect(routeAuthorization(settingsWith(jwt), "GET /reports").scopes).toEqual(read);
    expect(routeAuthorization(settingsWith(jwt), "ANY /reports").scopes).toEqual(write);
  });

  it("have each method with each setting", () => {
    expect(routesBesideDefault(settingsWith({ ...jwt, ...cors }))).toHaveLength(9);
    expect(routesBesideDefault(settingsWith({ ...iam, ...cors }))).toHaveLength(4);
  });
});

describe("the authorizer", () => {
  it("accepts tokens of the issuer, with an audience for production that other environments do not have", () => {
    const stage = { ...jwt, hw_stack_name: "hw_release", pipeline_environment: "stage" };
    const stacks = [serviceStack("prod", jwt), serviceStack("dev", jwt), serviceStack("stage", stage)];
    const audiences = stacks.map((stack) => {
      const [authorizer] = resourcesOf(synthesized(stack), "aws_apigatewayv2_authorizer");
      expect(authorizer).toMatchObject({
        authorizer_type: "JWT",
        identity_sources: ["$request.header.Authorization"],
        jwt_configuration: { issuer: "https://idp.example" },
      });
      return (authorizer!.jwt_configuration as { audience: string[] }).audience;
    });
    expect(audiences).toEqual([["documents"], ["documents-dev"], ["documents-dev"]]);
  });
});

describe("the permissions to call the API", () => {
  const actions = { iam: "execute-api:Invoke", jwt: "secretsmanager:GetSecretValue" };
  const boundaryOf = (changes: Record<string, string>) =>
    statements(
      resourcesOf(synthesized(stateStack(changes)), "aws_iam_policy").find(({ name }) =>
        /^hw\w*-boundary$/.test(String(name)),
      )?.policy,
    );
  const callers = (changes: Record<string, string>) =>
    Object.entries(permissionsByRole(synthesized(pipelineStack(changes)))).flatMap(([role, permissions]) =>
      permissions
        .filter(
          ({ Action, Resource }) =>
            /execute-api/.test(String(Action)) || /service-auth/.test(String(Resource)),
        )
        .map(({ Action, Resource }) => [
          role,
          Action,
          list(Resource).map((one) => one.replace(/^.*?\}:(?!.*\}:)/, "")),
        ]),
    );

  it("are none if the API is open", () => {
    expect(callers({})).toEqual([]);
    expect(JSON.stringify(synthesized(stateStack()))).not.toMatch(/execute-api|service-auth/);
  });

  it("are all of dev's for IntegrationTest, and one document's for VerifyProd", () => {
    const document = "documents/.heavy-water-verification";
    expect(callers(iam)).toEqual([
      ["hw-pipeline-IntegrationTest", actions.iam, ["*/*/*"]],
      [
        "hw-pipeline-VerifyProd",
        actions.iam,
        [
          `*/*/GET/${document}`,
          `*/*/GET/${document}/metadata`,
          `*/*/PUT/${document}`,
          `*/*/DELETE/${document}`,
        ],
      ],
    ]);
  });

  it("are a client's secret for each of the two, if the API accepts tokens", () => {
    expect(callers(jwt)).toEqual([
      ["hw-pipeline-IntegrationTest", actions.jwt, ["secret:hw-service-auth-dev-??????"]],
      ["hw-pipeline-VerifyProd", actions.jwt, ["secret:hw-service-auth-prod-??????"]],
    ]);
    const branch = { hw_stack_name: "hw_develop", pipeline_environment: "dev" };
    expect(callers({ ...jwt, ...branch })).toEqual([
      ["hw_develop-pipeline-IntegrationTest", actions.jwt, ["secret:hw-service-auth-dev-??????"]],
    ]);
  });

  it.each([
    [
      "signed requests",
      iam,
      actions.iam,
      /^arn:\*:execute-api:\*:\*:\$\{local\.[\w-]*(tested|production)[\w-]*\}\/\*$/,
    ],
    ["tokens", jwt, actions.jwt, /^arn:\*:secretsmanager:\*:\*:secret:hw-service-auth-(dev|prod)-\?{6}$/],
  ])(
    "are limited by the boundary, with %s: only VerifyProd calls production's",
    (_, changes, action, pattern) => {
      const limits = boundaryOf(changes).flatMap(({ Effect, Action, Resource, Condition }) =>
        list(Resource).flatMap((one) => {
          const called = pattern.exec(one)?.[1];
          return called === undefined ? [] : [[Effect, list(Action).includes(action), called, Condition]];
        }),
      );
      expect(limits).toEqual([
        ["Allow", true, expect.stringMatching(/^(tested|dev)$/), undefined],
        [
          "Allow",
          true,
          expect.stringMatching(/^prod/),
          { StringLike: { "aws:PrincipalArn": "*/hw-pipeline-VerifyProd" } },
        ],
      ]);
    },
  );

  it("are in the boundary only where an API asks for them, and production's in its own pipeline alone", () => {
    const branch = { hw_stack_name: "hw_develop", pipeline_environment: "dev" };
    for (const changes of [{}, branch, { ...iam, ...branch }, { ...jwt, ...branch }]) {
      const limits = boundaryOf(changes);
      const limited = limits.flatMap(({ Action }) => list(Action));
      expect(limited.filter((action) => !/^[\w-]+:[\w*]+$/.test(action))).toEqual([]);
      expect(JSON.stringify(limits)).not.toMatch(/VerifyProd|service-auth-prod/);
    }
  });

  it("fit into a boundary with the names of the examples", () => {
    for (const changes of [iam, jwt])
      expect(() => stateStack({ ...changes, hw_stack_name: "heavy-water" })).not.toThrow();
  });
});

describe("an API that bootstrap creates", () => {
  it("is imported in dev too if requests are signed: the boundary names its id", () => {
    expect(synthesized(serviceStack("dev", iam)).import).toContainEqual(
      expect.objectContaining({ to: expect.stringMatching(/^aws_apigatewayv2_api\./) as string }),
    );
    for (const changes of [{}, jwt])
      expect(JSON.stringify(synthesized(serviceStack("dev", changes)).import ?? [])).not.toContain(
        "apigatewayv2_api",
      );
    expect(namesOf(settingsWith(iam)).service("dev")).toBe("hw-dev");
  });
});
