import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Summary } from "../../rehearsal/src/summary";
import { minute } from "../../tasks/build/waiting-since";
import { leaveOut, useInstalledPackages } from "./quick-builds";
import { Rehearsal, sessionFile } from "./rehearsal";
import type { Subscriber } from "./subscriber";

/** One rehearsal, in which one commit follows another. */
const minutes = 60_000;
jest.setTimeout(20 * minutes);

let rehearsal: Rehearsal;
let summary: Summary;
let failures: Subscriber;
let approvals: Subscriber;
/** The commit that fails in UnitTest. */
let broken: string;
const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: __dirname, encoding: "utf8" }).trim();

beforeAll(async () => {
  rehearsal = new Rehearsal();
  summary = await rehearsal.ready();
  failures = await rehearsal.subscriber("hw-codebuild-failed-sns");
  approvals = await rehearsal.subscriber("hw-approvals");
});

afterAll(async () => {
  failures?.end();
  approvals?.end();
  await rehearsal?.stop();
});

describe("a commit that is pushed to main", () => {
  it("goes through every stage and responds in production", async () => {
    expect(summary).toMatchObject({ succeeded: true, commit: head, smokeTest: { commit: head } });
    expect(summary.execution?.stages.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "Source1 Succeeded",
      "UnitTest Succeeded",
      // No role gets more permissions than bootstrap deployed.
      "ConfirmPermissions Skipped",
      "IntegrationTest Succeeded",
      "PlanOnProd Succeeded",
      "ManualApproval Succeeded",
      "DeployOnProd Succeeded",
      // There is no version yet from which traffic could move.
      "ReleaseApi Skipped",
      "ReleaseRecordObject Skipped",
      "VerifyProd Succeeded",
      // Bootstrap deployed the pipeline of the same commit.
      "SelfUpdate Skipped",
    ]);
    expect(await rehearsal.health()).toMatchObject({ commit: head, environment: "prod" });
  });
});

describe("session.json", () => {
  it("contains all endpoints, and only its owner can read it", async () => {
    expect(Object.keys(rehearsal.details).sort()).toEqual([
      "accessKeyId",
      "account",
      "awsEndpoint",
      "devUrl",
      "gitUrl",
      "githubApi",
      "githubToken",
      "page",
      "pid",
      "pipeline",
      "processStart",
      "productionUrl",
      "region",
      "secretAccessKey",
    ]);
    expect(statSync(sessionFile).mode & 0o777).toBe(0o600);
    const dev = await fetch(`${rehearsal.details.devUrl}/health`);
    expect(await dev.json()).toMatchObject({ commit: head, versionCommit: head, environment: "dev" });
    expect(await (await fetch(rehearsal.details.page)).text()).toContain("<title>");
  });
});

describe("npm run diff", () => {
  it("finds no changes right after a deployment, with the role for pull requests", async () => {
    const output = await rehearsal.diff(head);
    const summary = output.slice(output.lastIndexOf("Summary"));
    for (const stack of ["pipeline", "service-dev", "service-prod", "state"]) {
      expect(summary).toMatch(new RegExp(`${stack} +No changes\\.`));
    }
  });
});

describe("a commit whose unit test fails", () => {
  it("fails in UnitTest, raises the alarm, and does not change production", async () => {
    const commit = (broken = rehearsal.pushChange("Break a unit test", (clone) => {
      skipVerifiedSteps(clone);
      writeFileSync(
        join(clone, "__tests__/broken.test.ts"),
        'it("is broken", () => {\n  expect(1).toBe(2);\n});\n',
      );
    }));
    const [execution, ...others] = await rehearsal.operator.whenEnded(commit, 1);
    expect(others).toEqual([]);
    expect(execution?.status).toBe("Failed");
    expect((await rehearsal.operator.stages()).UnitTest).toBe("Failed");
    expect(await rehearsal.health()).toMatchObject({ commit: head });

    const alarm = JSON.parse(await failures.message((text) => text.includes("hw-UnitTest-failed"))) as object;
    expect(alarm).toMatchObject({ AlarmName: "hw-UnitTest-failed", NewStateValue: "ALARM" });
    const event = JSON.parse(
      await failures.message((text) => text.includes(execution?.pipelineExecutionId ?? "")),
    ) as object;
    expect(event).toMatchObject({ detail: { pipeline: "hw-pipeline", state: "FAILED" } });
    expect(failures.messages.filter((text) => text.includes("AlarmName"))).toHaveLength(1);
  });
});

/**
 * Leaves out what the previous commit has verified: all checks and tests but those of the functions, and the
 * installation of packages.
 */
function skipVerifiedSteps(clone: string): void {
  const others = ["*", "mutation/**/*", "stacks/**/*", "tasks/**/*"];
  const tests = others.map((name) => `:(glob)__tests__/${name}.test.ts`);
  execFileSync("git", ["rm", "--quiet", ...tests], { cwd: clone });
  leaveOut(clone, "check");
  useInstalledPackages(clone);
}

describe("an event that cannot be processed", () => {
  it("is retried, moved to the queue, and raises the alarm", async () => {
    await new LambdaClient(rehearsal.client()).send(
      new InvokeCommand({
        FunctionName: "hw-prod-record-object",
        Qualifier: "live",
        InvocationType: "Event",
        Payload: Buffer.from('{"what":"no event of an object"}'),
      }),
    );
    const alarm = await failures.message((text) => text.includes('"hw-prod-failed-events"'));
    expect(JSON.parse(alarm)).toMatchObject({ NewStateValue: "ALARM" });
    const { Messages = [] } = await new SQSClient(rehearsal.client()).send(
      new ReceiveMessageCommand({ QueueUrl: "hw-prod-failed-events" }),
    );
    expect(Messages.map(({ Body }) => Body)).toEqual([expect.stringContaining("no event of an object")]);
  });
});

describe("a commit that changes the pipeline", () => {
  let commit: string;

  it("waits for the reviewer, who sees what would change in production", async () => {
    commit = rehearsal.pushChange("Fix the test, give builds more time and memory", (clone) => {
      execFileSync("git", ["rm", "--quiet", "__tests__/broken.test.ts"], { cwd: clone });
      const steps = join(clone, "stacks/pipeline/stages.ts");
      writeFileSync(
        steps,
        readFileSync(steps, "utf8").replaceAll("timeoutMinutes: 30", "timeoutMinutes: 31"),
      );
      const functions = join(clone, "stacks/functions.ts");
      writeFileSync(
        functions,
        readFileSync(functions, "utf8").replace("memoryMegabytes: 512", "memoryMegabytes: 576"),
      );
    });
    const { message, link, plan } = await rehearsal.operator.approvalRequest();
    expect(message).toMatch(
      new RegExp(
        `^Deploy ${commit} \\(Fix the test, give builds more time and memory\\) to production\\. Production: Plan: `,
      ),
    );
    expect(message).toContain("Plan: 0 to add, 4 to change, 0 to destroy, 1 output to change.");
    // Terraform also counts the resource that keeps the version's commit, which is not in AWS.
    expect(plan).toContain("Plan: 1 to add, 4 to change, 1 to destroy.");
    // The commit that last changed the function.
    expect(plan).toMatch(/aws_lambda_function\.\w+ will be updated in-place/);
    expect(plan).toContain(`"${head}" -> "${commit}"`);
    expect(link).toBe(`https://github.com/heavy-water/pipeline/compare/${head}...${commit}`);
  });

  it("notifies the reviewer, with links to the approval and the comparison, and since when it waits", async () => {
    const { approval } = JSON.parse(await approvals.message((text) => text.includes(commit))) as {
      approval: Record<string, string>;
    };
    expect(approval).toMatchObject({
      pipelineName: "hw-pipeline",
      stageName: "ManualApproval",
      actionName: "ManualApproval",
      approvalReviewLink: expect.stringMatching(
        /^https:\/\/console\.aws\.amazon\.com\/.*\/hw-pipeline\/.*\/approve\//,
      ) as string,
      externalEntityLink: `https://github.com/heavy-water/pipeline/compare/${head}...${commit}`,
    });
    const { message } = await rehearsal.operator.approvalRequest();
    expect(approval.customData).toBe(message);
    // The commit before it, which failed in UnitTest, was the first that production did not get.
    const first = (await rehearsal.operator.executions()).find(
      ({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === broken,
    );
    expect(message).toContain(`Waiting since ${minute(first!.startTime!)}.`);
  });

  it("is not deployed when production has changed since the plan", async () => {
    const retention = await rehearsal.operator.retention("/aws/lambda/hw-prod-api", 1);
    await rehearsal.operator.approveAll();
    expect(await rehearsal.operator.stageResult("DeployOnProd")).toBe("Failed");
    expect(await rehearsal.operator.log("hw-DeployOnProd")).toMatch(
      /Production has changed since the plan was made[^]*update aws_cloudwatch_log_group\.\w+\n/,
    );
    expect(await rehearsal.health()).toMatchObject({ commit: head });
    await rehearsal.operator.retention("/aws/lambda/hw-prod-api", retention);
    await rehearsal.operator.retry("DeployOnProd");
  });

  it("updates the pipeline, which then runs the commit once more", async () => {
    const [second, first, ...others] = await rehearsal.operator.whenEnded(commit, 2);
    expect(others).toEqual([]);
    expect(first?.status).toBe("Cancelled");
    expect(second?.status).toBe("Succeeded");
    expect((await rehearsal.operator.stages()).SelfUpdate).toBe("Skipped");
    expect(await rehearsal.health()).toMatchObject({ commit, versionCommit: commit });
  });
});

describe("Ctrl-C", () => {
  it("stops everything that the rehearsal started", async () => {
    const { awsEndpoint, productionUrl, githubApi } = rehearsal.details;
    // The rehearsal itself, the emulator and the functions that were invoked.
    expect(rehearsal.npm.descendants().length).toBeGreaterThanOrEqual(4);
    await rehearsal.stop();
    expect(existsSync(sessionFile)).toBe(false);
    for (const url of [awsEndpoint, productionUrl, githubApi]) await expect(fetch(url)).rejects.toThrow();
  });
});
