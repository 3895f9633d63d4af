import { stackProblems } from "../../../tasks/barrier/check-stack";
import { expectedOf } from "../../../tasks/barrier/expected";
import { entriesOf, type Json, type JsonObject } from "../../../stacks/stack-json";
import { settingsWith, tokenSettings as jwt } from "../../support/settings";
import { changed, serviceJson } from "./synthesized-stacks";

const iam = { service_auth: "iam" };
const stacks = { none: serviceJson(), iam: serviceJson("prod", iam), jwt: serviceJson("prod", jwt) };
const settings = { none: {}, iam, jwt };
type Auth = keyof typeof stacks;

function problems(auth: Auth, json: JsonObject): string[] {
  return stackProblems("service-prod", json, expectedOf("service-prod", settingsWith(settings[auth])));
}

/** A stack with another value in the route of a key. */
function withRoute(auth: Auth, routeKey: string, argument: string, value: Json | undefined): JsonObject {
  const routes = entriesOf((stacks[auth].resource as JsonObject).aws_apigatewayv2_route);
  const index = routes.findIndex(([, route]) => (route as JsonObject).route_key === routeKey);
  return changed(stacks[auth], ["resource", "aws_apigatewayv2_route", index, argument], value);
}

const methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"].map((method) => `${method} /{path+}`);

describe("a commit cannot open a route", () => {
  it.each([
    ...["$default", "ANY /{path+}"].map((key) => ["iam", key] as const),
    ...["$default", ...methods].map((key) => ["jwt", key] as const),
  ])("if service_auth=%s: %s", (auth, key) => {
    const type = auth === "iam" ? "AWS_IAM" : "JWT";
    for (const value of [undefined, "NONE", "", "CUSTOM", auth === "iam" ? "JWT" : "AWS_IAM"])
      expect(problems(auth, withRoute(auth, key, "authorization_type", value))).toContainEqual(
        expect.stringMatching(new RegExp(`authorization_type must be ${type}, by service_auth$`)),
      );
  });

  it("by another route key, such as one that only looks like that of /health", () => {
    for (const key of [
      "GET /health/",
      "GET /Health",
      "ANY /health",
      "POST /health",
      "GET /healthz",
      "OPTIONS /{path+}",
    ])
      expect(problems("iam", withRoute("iam", "GET /health", "route_key", key))).toContainEqual(
        expect.stringContaining("authorization_type must be AWS_IAM"),
      );
  });

  it("by the stack of another setting", () => {
    for (const [auth, other] of [
      ["iam", "none"],
      ["jwt", "none"],
      ["jwt", "iam"],
      ["none", "iam"],
    ] as const)
      expect(problems(auth, stacks[other])).not.toEqual([]);
  });
});

describe("a commit cannot accept other tokens", () => {
  it.each([
    ["no scope", undefined],
    ["an empty list of scopes", []],
    ["another scope", ["openid"]],
    ["an additional scope", ["documents:write", "documents/write", "openid"]],
  ])("by %s", (_, value) => {
    const json = withRoute("jwt", "PUT /{path+}", "authorization_scopes", value);
    expect(problems("jwt", json)).toEqual([expect.stringContaining("authorization_scopes must be")]);
  });

  it.each([
    ["authorizer_type", "REQUEST"],
    ["identity_sources", ["$request.querystring.token"]],
    ["jwt_configuration", { issuer: "https://evil.example", audience: ["documents"] }],
    ["jwt_configuration", { issuer: "https://idp.example", audience: ["documents", "documents-dev"] }],
    ["jwt_configuration", undefined],
  ])("by the authorizer's %s %j", (argument, value) => {
    const json = changed(stacks.jwt, ["resource", "aws_apigatewayv2_authorizer", 0, argument], value);
    expect(problems("jwt", json)).toEqual([expect.stringContaining(`${argument} must be`)]);
  });

  it.each(["abc123", "${data.aws_apigatewayv2_authorizer.x.id}", undefined])(
    "by the authorizer %s",
    (value) => {
      const json = withRoute("jwt", "$default", "authorizer_id", value);
      expect(problems("jwt", json)).toContainEqual(expect.stringContaining("authorizer_id must be"));
    },
  );

  it("by an authorizer for signed requests", () => {
    const json = withRoute("iam", "$default", "authorizer_id", "abc123");
    expect(problems("iam", json)).toEqual([expect.stringContaining("the route accepts no tokens")]);
  });
});
