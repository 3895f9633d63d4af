import { createHash } from "node:crypto";
import { IAMClient, CreateRoleCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { call } from "../../../__tests__/support/http";
import { signed } from "../support/signature";
import { ACCOUNT, createRole, functionZip, sessionOf, testEmulator, type TestEmulator } from "./fixture";

/** The hash of no content. */
const EMPTY = createHash("sha256").digest("hex");

let on: TestEmulator;
let off: TestEmulator;
beforeAll(async () => {
  [on, off] = await Promise.all([testEmulator(), testEmulator(["root-secret", "other-sites"])]);
}, 120_000);
afterAll(() => Promise.all([on, off].map((emulator) => emulator.remove())));

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } },
});

/** What a page of another site sent: a form's body and a key that is known, without a preflight. */
function fromAPage(emulator: TestEmulator, headers: Record<string, string> = {}) {
  const url = `${emulator.url}/`;
  const guessed = { accessKeyId: ACCOUNT, secretAccessKey: "test" };
  const body = new URLSearchParams({
    Action: "CreateRole",
    Version: "2010-05-08",
    RoleName: "theirs",
    AssumeRolePolicyDocument: trust,
  }).toString();
  return call(
    url,
    {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        ...signed(guessed, { method: "POST", url, service: "iam", body }),
        ...headers,
      },
    },
    body,
  );
}

it("a page of another site creates a role and reads the response in ministack itself", async () => {
  const { status, headers } = await fromAPage(off, { Origin: "http://evil.example" });
  expect([status, headers["access-control-allow-origin"]]).toEqual([200, "*"]);
});

it("the root's key has the session's secret, and no other is accepted", async () => {
  const { status, body } = await fromAPage(on);
  expect([status, body]).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
  const iam = new IAMClient(on.client());
  await iam.send(new CreateRoleCommand({ RoleName: "own", AssumeRolePolicyDocument: trust }));
  const { Roles } = await iam.send(new ListRolesCommand({}));
  expect(Roles?.map(({ RoleName }) => RoleName)).not.toContain("theirs");
  for (const accessKeyId of [ACCOUNT, "999988887777", "test"]) {
    const guess = new IAMClient(on.client({ accessKeyId, secretAccessKey: "test" }));
    await expect(guess.send(new ListRolesCommand({}))).rejects.toThrow(/signature/);
  }
});

it.each([
  ["another host name", 421, { Host: "evil.example:80" }],
  ["no host name that it has", 421, { Host: "127.0.0.1.evil.example:80" }],
  ["another site", 403, { Origin: "http://evil.example" }],
  ["another port of this machine", 403, { Origin: "http://127.0.0.1:1" }],
  ["a sandboxed frame", 403, { Origin: "null" }],
  [
    "a browser that marks the request as cross-site",
    403,
    { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" },
  ],
  ["a page that only Referer names", 403, { Referer: "http://evil.example/page" }],
])("a request from %s is refused before it is processed", async (_, expected, headers) => {
  for (const path of ["/", "/_ministack/health"]) {
    const answer = await call(`${on.url}${path}`, { headers });
    expect([path, answer.status, answer.headers["access-control-allow-origin"]]).toEqual([
      path,
      expected,
      undefined,
    ]);
  }
});

it.each([
  ["GET", "/"],
  ["GET", "/a-bucket"],
  ["PUT", "/a-bucket"],
  ["PUT", "/a-bucket/a-key"],
  ["OPTIONS", "/a-bucket"],
  ["POST", "/_ministack/reset"],
  ["POST", "/_ministack/config"],
  ["GET", "/_ministack/ready"],
  ["GET", "/_aws/sqs/messages"],
  ["GET", "/_rehearsal/decisions"],
  ["POST", "/_rehearsal/authorization"],
  ["GET", "/2015-03-31/functions"],
])("%s %s needs credentials", async (method, path) => {
  const bare = await call(`${on.url}${path}`, { method });
  const bearer = await call(`${on.url}${path}`, { method, headers: { Authorization: "Bearer test" } });
  const named = await call(`${on.url}${path}`, {
    method,
    headers: { Authorization: `Anything Credential=${ACCOUNT}/20260101/eu-west-1/s3/aws4_request` },
  });
  const presigned = await call(`${on.url}${path}?X-Amz-Credential=${ACCOUNT}/x/x/s3/aws4_request`, {
    method,
  });
  expect([bare, bearer, named, presigned].map(({ status }) => status)).toEqual([403, 403, 403, 403]);
});

it("the health check needs no credentials", async () => {
  expect((await call(`${on.url}/_ministack/health`)).status).toBe(200);
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const { status, body } = await call(
    on.url,
    { method: "POST", headers },
    "Action=ListRoles&Version=2010-05-08",
  );
  expect([status, body]).toEqual([403, expect.stringContaining("MissingAuthenticationToken")]);
});

it("a request that a role's session signs is answered, without CORS headers for other origins", async () => {
  const session = await sessionOf(on, "reader", [
    { Effect: "Allow", Action: "iam:ListRoles", Resource: "*" },
  ]);
  const { Roles } = await new IAMClient(on.client(session)).send(new ListRolesCommand({}));
  expect(Roles?.length).toBeGreaterThan(0);
  const url = `${on.url}/`;
  const list = signed(on.client().credentials, { method: "GET", url, service: "s3" });
  const { status, headers } = await call(url, { headers: { ...list, "X-Amz-Content-Sha256": EMPTY } });
  expect([status, Object.keys(headers).filter((name) => name.startsWith("access-control"))]).toEqual([
    200,
    [],
  ]);
});

it("a function gets nothing from the operator's environment", async () => {
  process.env.githubAccessToken = "ghp_of_the_operator";
  process.env.NPM_TOKEN = "npm_of_the_operator";
  const own = await testEmulator();
  try {
    const role = await createRole(own, "function", [], { Service: "lambda.amazonaws.com" });
    const lambda = new LambdaClient(own.client());
    const ZipFile = await functionZip("exports.handler = async () => process.env;");
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "tell",
        Role: role,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile },
      }),
    );
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "tell" }));
    const given = Payload!.transformToString();
    expect(given).toContain("AWS_LAMBDA_FUNCTION_NAME");
    expect(given).not.toContain("of_the_operator");
    expect(given).not.toContain(own.client().credentials.secretAccessKey);
  } finally {
    delete process.env.githubAccessToken;
    delete process.env.NPM_TOKEN;
    await own.remove();
  }
});
