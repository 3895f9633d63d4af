import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS } from "../../rehearsal/src/session";
import { Harness } from "./harness";
import { FEATURE, PullRequestWorkflows, REPOSITORY } from "./pull-request-workflows";
import { restore } from "./saved-world/restore";

/** Both workflows as GitHub would run them, and what a reviewer then sees on the pull request. */
jest.setTimeout(15 * 60_000);

let harness: Harness;
let workflows: PullRequestWorkflows;

beforeAll(async () => {
  harness = await restore(Harness, "delivered");
  const { workstation } = harness.session;
  const main = await workstation.head();
  await workstation.push("main");
  await workstation.git("switch", "--quiet", "--create", FEATURE, main);
  workflows = new PullRequestWorkflows(harness, main);
});
afterAll(async () => {
  workflows?.remove();
  await harness?.stop();
});

interface Comment {
  readonly body: string;
  readonly user: { readonly login: string };
}

async function gitHub<T>(path: string, method = "GET", body?: object): Promise<T> {
  const { github, githubToken } = harness.session;
  const answer = await fetch(new URL(`api/v3/repos/${REPOSITORY}/${path}`, github.api), {
    method,
    headers: { Authorization: `Bearer ${githubToken}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const comments = () => gitHub<Comment[]>("issues/1/comments");
const statuses = (commit: string) => gitHub<object[]>(`commits/${commit}/statuses`);
const labels = async () => (await gitHub<{ name: string }[]>("issues/1/labels")).map(({ name }) => name);

/** Runs both workflows for the newest commit of the branch. */
async function run(commit: string): Promise<void> {
  expect(await workflows.diff()).toMatchObject({ conclusion: "success" });
  const plan = await workflows.plan();
  expect(plan).toMatchObject({ conclusion: "success" });
  expect(await workflows.report(commit, plan.conclusion)).toMatchObject({ conclusion: "success" });
}

describe("a pull request", () => {
  let first: string;

  it("gets one comment with the plan, a status with the counts, and a label for what it destroys", async () => {
    harness.edit("stacks/constructs/versioned-function.ts", (text) =>
      text.replace("props.memoryMegabytes", "props.memoryMegabytes * 2"),
    );
    harness.edit("stacks/constructs/dead-letter-queue.ts", (text) =>
      text.replace("name: queueName", "name: `${queueName}-2`"),
    );
    first = await harness.push("Use more memory, and another queue", FEATURE);
    await gitHub("pulls", "POST", { title: "More memory", head: FEATURE, base: "main" });
    await run(first);

    const [comment, ...others] = await comments();
    expect(others).toEqual([]);
    expect(comment!.user.login).toBe("github-actions[bot]");
    const [, title = ""] = comment!.body.split("\n");
    expect(title).toMatch(/^### 🛑 Plan: .*2 replaced/);
    expect(comment!.body).toMatch(/^REPLACED: aws_sqs_queue\.\S+ of service-prod, with its messages$/m);
    expect(comment!.body).toMatch(/^ {4}memory_size: \d+ → \d+$/m);
    expect(comment!.body).toMatch(/^replaced {2}aws_sqs_queue\.\S+ \(because of name\)$/m);
    expect(comment!.body).toMatch(/^state +No changes\.$/m);
    expect(comment!.body).not.toContain(harness.session.githubToken);

    expect(await statuses(first)).toMatchObject([
      { context: "plan", state: "success", description: title.replace("### 🛑 Plan: ", "") },
    ]);
    expect(await labels()).toEqual(["destructive"]);
  });

  it("gets its comment changed and its label removed by the next commit, and not by an older run", async () => {
    harness.edit("stacks/constructs/dead-letter-queue.ts", (text) =>
      text.replace("name: `${queueName}-2`", "name: queueName"),
    );
    const second = await harness.push("Keep the queue", FEATURE);
    await run(second);
    const [comment, ...others] = await comments();
    expect(others).toEqual([]);
    expect(comment!.body.split("\n")[1]).toMatch(/^### Plan: \d+ /);
    expect(await labels()).toEqual([]);

    // The run of the first commit ends late.
    expect(await workflows.report(first, "success", 1)).toMatchObject({ conclusion: "success" });
    expect(await workflows.report(second, "success", 1)).toMatchObject({ conclusion: "success" });
    expect(await comments()).toEqual([comment]);
  });

  it("says in the same comment that nothing could be planned", async () => {
    const third = await harness.push("Change nothing else", FEATURE);
    rmSync(join(workflows.artifacts, "plan"), { recursive: true });
    expect(await workflows.report(third, "failure")).toMatchObject({ conclusion: "success" });
    expect(await comments()).toMatchObject([
      { body: expect.stringContaining("### ❌ Plan: failed") as string },
    ]);
    expect(await statuses(third)).toMatchObject([{ context: "plan", state: "failure" }]);
  });
});

describe("npm run diff", () => {
  it("plans the other stacks when the state of one is damaged, and says which one failed", async () => {
    const state = { Bucket: `${SETTINGS.pipeline_bucket_name}-state`, Key: "hw/service-dev.tfstate" };
    await new S3Client({ ...harness.client, forcePathStyle: true }).send(
      new PutObjectCommand({ ...state, Body: "damaged" }),
    );
    const { code, stdout } = await harness.npm("diff");
    expect(code).toBe(1);
    const summary = stdout.slice(stdout.lastIndexOf("\nSummary"));
    expect(summary).toMatch(/^ {2}service-dev +failed: \S/m);
    for (const stack of ["pipeline", "service-prod", "state"])
      expect(summary).toMatch(new RegExp(`^ {2}${stack} +(Plan: \\d|No changes)`, "m"));
  });
});
