import { Logger } from "@aws-lambda-powertools/logger";
import { createApp } from "../../../lambda-src/api/app";
import { Documents } from "../../../lambda-src/api/documents";
import { securitySettings, type Security } from "../../../lambda-src/api/security";
import { readSettings } from "../../../lambda-src/shared/settings";
import { MemoryS3 } from "../support/memory-s3";

interface Answer {
  readonly description: string;
  readonly content: Record<string, { schema: object }>;
}

interface Described {
  components?: { securitySchemes?: Record<string, object> };
  paths: Record<string, Record<string, { security?: object[]; responses: Record<string, Answer> }>>;
}

async function described(security?: Security): Promise<Described> {
  const s3 = new MemoryS3();
  const documents = new Documents(s3.client, s3.bucket);
  const app = createApp({
    documents,
    environment: "dev",
    versionCommit: "a",
    security,
    logger: new Logger(),
  });
  return (await (await app.request("/openapi.json")).json()) as Described;
}

/** The security of each operation, and the statuses with which it is refused. */
function securityOf({ paths }: Described) {
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security, responses }]) => [
        `${method} ${path}`,
        [security, Object.keys(responses).filter((status) => ["401", "403"].includes(status))],
      ]),
    ),
  );
}

const operations = [
  "get /openapi.json",
  "get /documents",
  "put /documents/{name}",
  "get /documents/{name}",
  "delete /documents/{name}",
  "get /documents/{name}/metadata",
];

describe("the description of the API", () => {
  it("has no security if anyone is allowed to call it", async () => {
    const open = await described();
    expect(open.components?.securitySchemes).toBeUndefined();
    expect(new Set(Object.values(securityOf(open)).flat(2))).toEqual(new Set([undefined]));
  });

  it("asks for signed requests, except for /health", async () => {
    const description = await described({ SERVICE_AUTH: "iam" });
    expect(description.components?.securitySchemes).toEqual({
      iam: expect.objectContaining({
        type: "apiKey",
        name: "Authorization",
        in: "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
      }) as object,
    });
    expect(securityOf(description)).toEqual({
      "get /health": [[], []],
      ...Object.fromEntries(operations.map((one) => [one, [[{ iam: [] }], ["403"]]])),
    });
  });

  it("asks for tokens with a scope, except for /health", async () => {
    const description = await described({ SERVICE_AUTH: "jwt", SERVICE_AUTH_ISSUER: "https://idp.example/" });
    expect(description.components?.securitySchemes).toEqual({
      jwt: expect.objectContaining({
        type: "openIdConnect",
        openIdConnectUrl: "https://idp.example/.well-known/openid-configuration",
      }) as object,
    });
    expect(securityOf(description)).toEqual({
      "get /health": [[], []],
      ...Object.fromEntries(
        operations.map((one) => [
          one,
          [[{ jwt: [one.startsWith("get") ? "documents:read" : "documents:write"] }], ["401", "403"]],
        ]),
      ),
    });
  });

  it.each([
    [{ SERVICE_AUTH: "iam" }, [["403", /execute-api:Invoke/]]],
    [
      { SERVICE_AUTH: "jwt", SERVICE_AUTH_ISSUER: "https://idp.example" },
      [
        ["401", /no valid token/],
        ["403", /lacks the scope/],
      ],
    ],
  ] as const)("says how API Gateway refuses a request, and why: %j", async (security, refusals) => {
    const { responses } = (await described(security)).paths["/documents"]!.get!;
    for (const [status, reason] of refusals) {
      expect(responses[status]?.description).toMatch(/^API Gateway: /);
      expect(responses[status]?.description).toMatch(reason);
      expect(responses[status]?.content).toEqual({
        "application/json": {
          schema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
        },
      });
    }
  });
});

describe("the variables of the function", () => {
  it.each([{}, { SERVICE_AUTH: "iam" }, { SERVICE_AUTH: "jwt", SERVICE_AUTH_ISSUER: "https://idp.example" }])(
    "say who is allowed to call the API: %j",
    (variables) => {
      expect(readSettings(securitySettings, variables)).toEqual(variables);
    },
  );

  it.each([
    { SERVICE_AUTH: "none" },
    { SERVICE_AUTH: "" },
    { SERVICE_AUTH: "jwt", SERVICE_AUTH_ISSUER: "idp" },
  ])("are refused if they are something else: %j", (variables) => {
    expect(() => readSettings(securitySettings, variables)).toThrow("SERVICE_AUTH");
  });
});
