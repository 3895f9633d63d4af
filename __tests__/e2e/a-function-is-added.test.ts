import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { GetAliasCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { outputVariables } from "../../rehearsal/src/watch";
import { follow, stepsOf } from "../support/guide";
import { Harness, root, type Run } from "./harness";
import { restore } from "./saved-world/restore";

/** A function that is added as the guide describes is deployed, released and rolled back. */
jest.setTimeout(20 * 60_000);

const handler = "lambda-src/count-documents/handler.ts";

let harness: Harness;
let added: string;
let changed: string;

beforeAll(async () => {
  harness = await restore(Harness, "delivered");
});
afterAll(() => harness?.stop());

/** The version that a function's alias points to in production. */
async function liveVersion(FunctionName = "hw-prod-count-documents"): Promise<string | undefined> {
  const client = new LambdaClient(harness.client);
  return (await client.send(new GetAliasCommand({ FunctionName, Name: "live" }))).FunctionVersion;
}

/** Waits until the last execution of a commit has ended. */
async function ended(commit: string, executions: number): Promise<Run> {
  const runs = await harness.until(commit, "its executions end", (all) => {
    const last = all[executions - 1];
    return last !== undefined && !/InProgress|Stopping/.test(last.status);
  });
  const run = runs[executions - 1]!;
  if (run.status === "Failed") throw new Error(await harness.log(run));
  return run;
}

/** What an environment answers to `GET /count`. */
async function count({ id }: Run, step: string): Promise<unknown> {
  const { aws, pipeline } = harness.session;
  const { API_URL } = await outputVariables(aws, pipeline, id, step);
  return (await fetch(`${API_URL}/count`)).json();
}

it("is deployed to dev and production, after the reviewer has approved its permissions", async () => {
  const guide = readFileSync(join(root, "docs/guides/your-own-service.md"), "utf8");
  const { workstation } = harness.session;
  const files = stepsOf(guide, "Add a function").filter(({ kind }) => kind !== "commands");
  expect(files.map(({ path }) => path)).toEqual([
    handler,
    "stacks/functions.ts",
    "stacks/iam/service-permissions.ts",
  ]);
  follow(files, workstation.clone, () => undefined);
  await workstation.git("add", handler);
  added = await harness.push("Count documents");
  // SelfUpdate comes first here, and starts another execution.
  const run = await ended(added, 2);
  expect(run).toMatchObject({ status: "Succeeded", stages: { ReleaseCountDocuments: "Skipped" } });
  expect(harness.approvals).toEqual([
    // The first execution updates the pipeline, the second one deploys the function.
    expect.stringMatching(/^Added permissions: hw-pipeline: lambda:GetAlias on .*:hw-prod-count-documents;/),
    expect.stringMatching(/^Added permissions: hw-dev-count-documents \(new\): s3:ListBucket on /),
  ]);
  for (const step of ["DeployOnDev", "DeployOnProd"])
    expect(await count(run, step)).toEqual({ count: expect.any(Number) as number });
  expect(await liveVersion()).toBe("1");
});

it("has the alarms of its entry", async () => {
  const { MetricAlarms = [] } = await new CloudWatchClient(harness.client).send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: "hw-prod-count-documents-" }),
  );
  expect(MetricAlarms.map(({ AlarmName }) => AlarmName).sort()).toEqual([
    "hw-prod-count-documents-errors",
    "hw-prod-count-documents-latency",
    "hw-prod-count-documents-throttles",
  ]);
});

it("is released when its code changes", async () => {
  harness.edit(handler, (text) => text.replace("{ count: KeyCount }", "{ documents: KeyCount }"));
  changed = await harness.push("Count under another name");
  const run = await ended(changed, 1);
  expect(run).toMatchObject({
    status: "Succeeded",
    stages: { ReleaseCountDocuments: "Succeeded", ReleaseRecordObject: "Skipped" },
  });
  expect(await liveVersion()).toBe("2");
  expect(await count(run, "DeployOnProd")).toEqual({ documents: expect.any(Number) as number });
});

it("gets no traffic if a new version fails its smoke test", async () => {
  harness.edit(handler, (text) => text.replace("statusCode: 200", "statusCode: 500"));
  const run = await harness.failed(await harness.push("Answer 500"));
  expect(run.stages.DeployOnProd).toBe("Failed");
  expect(await harness.log(run)).toMatch(
    /of hw-prod-count-documents gets no traffic: tested with GET \/count, it answers 500/,
  );
  expect(await liveVersion()).toBe("2");
});

it("goes back with the other functions of a commit", async () => {
  const { output } = await harness.npm("rollback");
  expect(output).toMatch(new RegExp(`${changed} .*count-documents 2, api \\d+, record-object 1 +\\(live\\)`));
  const done = await harness.npm("rollback", [added], `${added.slice(0, 9)}\n`);
  expect(done).toMatchObject({ code: 0, output: expect.stringContaining("version 2 -> 1") as string });
  expect(await liveVersion()).toBe("1");
});

it("stays as it is when production goes back to a commit from before it", async () => {
  const { output } = await harness.npm("rollback");
  const [oldest = ""] = output.trim().split("\n").slice(-1);
  expect(oldest).not.toContain("count-documents");
  const [commit = ""] = oldest.trim().split(" ");
  expect(await harness.npm("rollback", [commit], `${commit.slice(0, 9)}\n`)).toMatchObject({ code: 0 });
  expect(await liveVersion()).toBe("1");
});

it("is removed only after the commit has allowed the loss of its versions", async () => {
  const { workstation } = harness.session;
  await workstation.git("checkout", `${added}~1`, "--", "stacks", "lambda-src");
  await workstation.git("rm", "--quiet", "-r", "--force", handler);
  const refused = await harness.until(
    await harness.push("Stop counting documents"),
    "production is planned",
    (runs) => runs.some(({ status }) => status === "Failed"),
  );
  const run = refused.find(({ status }) => status === "Failed")!;
  const log = await harness.log(run);
  expect(log).toContain("Production would lose what cannot be recreated as it was. Nothing was deployed.");
  const [, address = ""] = /- (aws_lambda_function\.\S+) would be destroyed, which loses /.exec(log) ?? [];
  expect(await liveVersion()).toBe("1");

  const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const allowed = JSON.stringify({ [address]: { reason: "No one reads the count.", until } });
  harness.edit("allowed-losses.json", () => `${allowed}\n`);
  const last = await ended(await harness.push("Allow the loss of the count"), 1);
  expect(last.status).toBe("Succeeded");
  await expect(liveVersion()).rejects.toThrow(ResourceNotFoundException);
});
