import { BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import { CreateRoleCommand, IAMClient, paginateListRoles, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetFunctionConcurrencyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { outputVariables } from "../../rehearsal/src/watch";
import { PipelineRuns } from "./pipeline-runs";

jest.setTimeout(15 * 60_000);

const ROLE = "builds-of-ours";
const ARN = `arn:aws:iam::111122223333:role/${ROLE}`;
const document = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

let runs: PipelineRuns;

/** The role of somebody who has one already. */
async function makeRole(iam: IAMClient): Promise<void> {
  const trust = { Action: "sts:AssumeRole", Principal: { Service: "codebuild.amazonaws.com" } };
  await iam.send(new CreateRoleCommand({ RoleName: ROLE, AssumeRolePolicyDocument: document(trust) }));
  const PolicyDocument = document({ Action: "*", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: "all", PolicyDocument }));
}

beforeAll(async () => {
  const settings = {
    codebuild_role_arn: ARN,
    pipeline_manual_approval: "false",
    // Of no concern to the role, but the only rehearsal that has them.
    service_cors_origins: "https://www.example.com",
    service_concurrency: "2",
  };
  runs = await PipelineRuns.start(settings, ({ client }) => makeRole(new IAMClient(client)));
});

afterAll(() => runs?.stop());

it("brings a commit to production with the role that codebuild_role_arn names, and makes none for a step", async () => {
  const commit = await runs.push();
  const found = await runs.until(commit, ([run]) => run?.status === "Succeeded" || run?.status === "Failed");
  expect(found).toMatchObject([
    { status: "Succeeded", stages: { DeployOnProd: "Succeeded", SelfUpdate: "Skipped" } },
  ]);

  const names: string[] = [];
  for await (const { Roles } of paginateListRoles({ client: new IAMClient(runs.client) }, {}))
    names.push(...(Roles ?? []).map(({ RoleName }) => RoleName!));
  // The pipeline's own, those of the rules, and those of the functions.
  expect(names.filter((name) => name.startsWith("hw-") && name !== "hw-diff").sort()).toEqual([
    "hw-changes",
    "hw-dev-api",
    "hw-dev-record-object",
    "hw-iam-changes",
    "hw-pipeline",
    "hw-pipeline-failed",
    "hw-prod-api",
    "hw-prod-record-object",
  ]);
  const { projects = [] } = await new CodeBuildClient(runs.client).send(
    new BatchGetProjectsCommand({
      names: ["UnitTest", "DeployOnDev", "IntegrationTest", "PlanOnProd", "DeployOnProd", "SelfUpdate"].map(
        (step) => `hw-${step}`,
      ),
    }),
  );
  expect(projects.map(({ serviceRole }) => serviceRole)).toEqual(Array(6).fill(ARN));
});

it("lets pages of the origins in service_cors_origins call the API, and no others", async () => {
  const { session } = runs;
  const [execution] = await runs.of(await session.workstation.head());
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

it("keeps as many calls of each function free as service_concurrency says", async () => {
  const lambda = new LambdaClient(runs.client);
  for (const FunctionName of ["hw-dev-api", "hw-prod-record-object"]) {
    const { ReservedConcurrentExecutions } = await lambda.send(
      new GetFunctionConcurrencyCommand({ FunctionName }),
    );
    expect(ReservedConcurrentExecutions).toBe(2);
  }
});
