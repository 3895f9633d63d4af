import {
  EnableStageTransitionCommand,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SETTINGS } from "../../rehearsal/src/session";
import { Harness } from "./harness";
import { restore } from "./saved-world/restore";

/** A pipeline whose source changes from a token and a webhook to a connection, and back. */
jest.setTimeout(15 * 60_000);

const CONNECTION = { pipeline_source: "connection" };
const IGNORING = { ...CONNECTION, pipeline_ignore_paths: "docs/**,*.md" };

let harness: Harness;
beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped");
  // Until then the tests are about the start of an execution.
  await harness.holdBefore("UnitTest");
});
afterAll(() => harness?.stop());

it("is unchanged while the connection waits to be accepted", async () => {
  const { code, output } = await bootstrap(CONNECTION);
  expect(output).toContain("The connection hw-github is PENDING, and the pipeline is unchanged.");
  expect(code).toBe(1);
  expect(await repositoryHooks()).toHaveLength(1);
  expect(await startedBy(await harness.push("Arrive before the connection is accepted"))).toBe("Webhook");
});

it("starts at a push through the connection, and no hook or token stays", async () => {
  const [{ ConnectionArn } = { ConnectionArn: "" }] = harness.session.aws.connections.all();
  harness.session.aws.connections.accept(ConnectionArn);
  const { code, output } = await bootstrap(CONNECTION);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await repositoryHooks()).toEqual([]);
  expect(harness.session.aws.codepipeline.webhooks()).toEqual([]);
  const state = await stateOf("pipeline");
  expect(state).toContain(ConnectionArn);
  expect(state).not.toContain(harness.session.githubToken);
  expect(state).not.toContain("webhookSecret");
  expect(await startedBy(await harness.push("Arrive through the connection"))).toBe("WebhookV2");
});

it("starts no execution at a push of documents alone if it ignores their paths", async () => {
  expect(await bootstrap(IGNORING)).toMatchObject({ code: 0 });
  changeDocuments();
  const documents = await harness.push("Change documents");
  const reason = "The trigger of hw-pipeline excludes every file that the push changes.";
  await harness.eventually("the push is ignored", () =>
    harness.changes.some((change) => change.kind === "webhook" && change.reason === reason),
  );
  // Bootstrap, which starts the pipeline for a commit without an execution, does not miss this one.
  const { code, output } = await bootstrap(IGNORING);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).not.toContain("had not taken");
  expect(await harness.runs(documents)).toEqual([]);
});

it("starts at a push of documents and other files", async () => {
  changeDocuments();
  harness.edit("main.ts", (text) => `${text}// Another line.\n`);
  expect(await startedBy(await harness.push("Change documents and code"))).toBe("WebhookV2");
});

it("updates itself with the connection, without permission to read the token", async () => {
  harness.edit("stacks/pipeline/stages.ts", (text) =>
    text.replace(/timeoutMinutes: 30/, "timeoutMinutes: 29"),
  );
  const commit = await harness.push("Change the pipeline");
  // Deployments are not part of this test.
  await harness.holdBefore("IntegrationTest");
  await harness.codepipeline.send(
    new EnableStageTransitionCommand({
      pipelineName: harness.session.pipeline,
      stageName: "UnitTest",
      transitionType: "Inbound",
    }),
  );
  const runs = await harness.updated(commit);
  expect(runs).toMatchObject([
    { stages: { SelfUpdate: "Cancelled" } },
    { stages: { SelfUpdate: "Skipped" } },
  ]);
  const { pipeline } = await harness.codepipeline.send(
    new GetPipelineCommand({ name: harness.session.pipeline }),
  );
  expect(pipeline?.triggers).toMatchObject([
    { gitConfiguration: { push: [{ filePaths: { excludes: ["docs/**", "*.md"] } }] } },
  ]);
});

it("gets the webhook back, and loses no push", async () => {
  // As while bootstrap runs: the connection is gone, and the webhook is not there yet.
  const { connections } = harness.session.aws;
  for (const { ConnectionArn } of connections.all()) connections.delete(ConnectionArn);
  const missed = await harness.push("Arrive while nothing starts the pipeline");
  const { code, output } = await bootstrap({ pipeline_source: "github" });
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await repositoryHooks()).toHaveLength(1);
  expect(connections.all()).toEqual([]);
  expect(await startedBy(missed)).toBe("StartPipelineExecution");
  expect(await startedBy(await harness.push("Arrive through the webhook"))).toBe("Webhook");
});

/** Runs bootstrap, and waits until an execution that it has started cannot read the commit of the next push. */
async function bootstrap(settings: Readonly<Record<string, string>>) {
  const result = await harness.npm("bootstrap", [], undefined, settings);
  const { aws, pipeline } = harness.session;
  const { executions } = aws.codepipeline.get(pipeline);
  await harness.eventually("every execution has read its source", () =>
    executions.every(({ isActive, sourceRevisions }) => !isActive || sourceRevisions.length > 0),
  );
  return result;
}

/** Changes a file that each pattern of the ignored paths matches. */
function changeDocuments(): void {
  for (const path of ["README.md", "docs/guides/source.md"]) harness.edit(path, (text) => `${text}\nMore.\n`);
}

async function repositoryHooks(): Promise<unknown> {
  const { github, githubToken } = harness.session;
  const answer = await fetch(`${github.api}api/v3/repos/heavy-water/pipeline/hooks`, {
    headers: { Authorization: `Bearer ${githubToken}` },
  });
  return answer.json();
}

async function stateOf(stack: string): Promise<string> {
  const { Body } = await new S3Client({ ...harness.client, forcePathStyle: true }).send(
    new GetObjectCommand({ Bucket: `${SETTINGS.pipeline_bucket_name}-state`, Key: `hw/${stack}.tfstate` }),
  );
  return Body!.transformToString();
}

/** Waits until a commit has an execution. @returns what started it */
async function startedBy(commit: string): Promise<string | undefined> {
  const [run] = await harness.until(commit, "an execution starts", (all) => all.length > 0);
  const { pipelineExecution } = await harness.codepipeline.send(
    new GetPipelineExecutionCommand({
      pipelineName: harness.session.pipeline,
      pipelineExecutionId: run!.id,
    }),
  );
  return pipelineExecution?.trigger?.triggerType;
}
