import { BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import { CreateRoleCommand, IAMClient, paginateListRoles, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { outputVariables } from "../../rehearsal/src/watch";
import { Harness } from "./harness";

jest.setTimeout(15 * 60_000);

const ROLE = "builds-of-ours";
const ARN = `arn:aws:iam::111122223333:role/${ROLE}`;
const document = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

let harness: Harness;

/** Creates the role that the account's administrator provides. */
async function createRole(iam: IAMClient): Promise<void> {
  const trust = { Action: "sts:AssumeRole", Principal: { Service: "codebuild.amazonaws.com" } };
  await iam.send(new CreateRoleCommand({ RoleName: ROLE, AssumeRolePolicyDocument: document(trust) }));
  const PolicyDocument = document({ Action: "*", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: "all", PolicyDocument }));
}

beforeAll(async () => {
  const settings = {
    codebuild_role_arn: ARN,
    // Not related to the role, but no other rehearsal sets them.
    service_cors_origins: "https://www.example.com",
    service_concurrency: "2",
    service_kept_versions: "1",
    pipeline_rollout: "AllAtOnce",
  };
  harness = await Harness.start(settings, ({ client }) => createRole(new IAMClient(client)));
});

afterAll(() => harness?.stop());

it("takes a commit to production with the role of codebuild_role_arn, and creates no role for a step", async () => {
  const commit = await harness.push();
  expect(await harness.ended(commit)).toMatchObject([
    { status: "Succeeded", stages: { DeployOnProd: "Succeeded", SelfUpdate: "Skipped" } },
  ]);

  const names: string[] = [];
  for await (const { Roles } of paginateListRoles({ client: new IAMClient(harness.client) }, {}))
    names.push(...(Roles ?? []).map(({ RoleName }) => RoleName!));
  // The roles of the pipeline, the rules and the functions.
  expect(names.filter((name) => name.startsWith("hw-") && name !== "hw-diff").sort()).toEqual([
    "hw-changes",
    "hw-dev-api",
    "hw-dev-record-object",
    "hw-iam-changes",
    "hw-pipeline",
    "hw-pipeline-commit-statuses",
    "hw-pipeline-drift",
    "hw-pipeline-failed",
    "hw-prod-api",
    "hw-prod-record-object",
  ]);
  const { projects = [] } = await new CodeBuildClient(harness.client).send(
    new BatchGetProjectsCommand({
      names: [
        "UnitTest",
        "DeployOnDev",
        "IntegrationTest",
        "PlanOnProd",
        "DeployOnProd",
        "VerifyProd",
        "SelfUpdate",
      ].map((step) => `hw-${step}`),
    }),
  );
  expect(projects.map(({ serviceRole }) => serviceRole)).toEqual(Array(7).fill(ARN));
});

it("allows only the origins in service_cors_origins to call the API from a browser", async () => {
  const { session } = harness;
  const [execution] = await harness.runs(await session.workstation.head());
  const { API_URL } = await outputVariables(session.aws, session.pipeline, execution!.id, "DeployOnProd");
  const preflight = async (origin: string) => {
    const headers = { origin, "access-control-request-method": "PUT" };
    const answer = await fetch(`${API_URL}/documents/a`, { method: "OPTIONS", headers });
    return [
      answer.headers.get("access-control-allow-origin"),
      answer.headers.get("access-control-allow-methods")?.split(",").sort().join(),
    ];
  };
  expect(await preflight("https://www.example.com")).toEqual([
    "https://www.example.com",
    "DELETE,GET,HEAD,PUT",
  ]);
  expect(await preflight("https://elsewhere.example")).toEqual([null, undefined]);
});

it("reserves the concurrency of service_concurrency for each function", async () => {
  const lambda = new LambdaClient(harness.client);
  for (const FunctionName of ["hw-dev-api", "hw-prod-record-object"]) {
    const { ReservedConcurrentExecutions } = await lambda.send(
      new GetFunctionConcurrencyCommand({ FunctionName }),
    );
    expect(ReservedConcurrentExecutions).toBe(2);
  }
});

it("shows the commit in production, its reviewer and the shared role by npm run status", async () => {
  const { workstation, github } = harness.session;
  await workstation.git("remote", "set-url", "origin", github.gitUrl);
  const commit = await workstation.head();
  const { code, stdout, output } = await harness.npm("status", ["--json"]);
  expect([code, output]).toEqual([0, stdout]);
  expect(JSON.parse(stdout)).toMatchObject({
    production: {
      value: {
        commit,
        versionCommit: commit,
        approval: { by: expect.stringMatching(/^arn:aws:/) as string },
      },
    },
    behind: { value: 0 },
    lastExecution: { value: { commit, status: "Succeeded" } },
    pipeline: { value: { stages: [], approvals: [] } },
    locks: { value: [] },
    weakenings: [expect.stringMatching(/^codebuild_role_arn: /) as string],
  });
});

it("deletes the versions of earlier deployments, unless traffic still goes to them", async () => {
  harness.edit("lambda-src/api/app.ts", (text) => text.replace("on our side", "here"));
  const commit = await harness.push("Say it shorter");
  expect(await harness.ended(commit)).toMatchObject([{ status: "Succeeded" }]);
  const lambda = new LambdaClient(harness.client);
  const versions = async (FunctionName: string) => {
    const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    return Versions.map(({ Version }) => Version);
  };
  expect(await versions("hw-dev-api")).toEqual(["$LATEST", "2"]);
  // While production is deployed, its traffic goes to the first version; the next deployment deletes it.
  expect(await versions("hw-prod-api")).toEqual(["$LATEST", "1", "2"]);
});
