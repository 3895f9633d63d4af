import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  DeleteProjectCommand,
  ListBuildsForProjectCommand,
} from "@aws-sdk/client-codebuild";
import {
  DeleteWebhookCommand,
  GetPipelineCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-codepipeline";
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { SETTINGS } from "../../rehearsal/src/session";
import { outputVariables } from "../../rehearsal/src/watch";
import { PipelineRuns, type Run } from "./pipeline-runs";

/** One pipeline, and in it one change of its definition after the other. */
jest.setTimeout(15 * 60_000);

const UPDATED = { UnitTest: "Succeeded", SelfUpdate: "Cancelled" };
const SKIPPED = { UnitTest: "Succeeded", ConfirmPermissions: "Skipped", SelfUpdate: "Skipped" };

let runs: PipelineRuns;
let codebuild: CodeBuildClient;

beforeAll(async () => {
  // SelfUpdate comes early and the rest is held back: what would be deployed to dev is not looked at here.
  runs = await PipelineRuns.restored("bootstrapped");
  codebuild = new CodeBuildClient(runs.client);
  await runs.holdBefore("IntegrationTest");
});

afterAll(async () => {
  codebuild?.destroy();
  await runs?.stop();
});

const steps = "stacks/pipeline/stages.ts";
const longer = (minutes: number) =>
  runs.edit(steps, (text) => text.replace(/timeoutMinutes: \d+/g, `timeoutMinutes: ${minutes}`));

async function version(): Promise<number | undefined> {
  const { pipeline } = await runs.codepipeline.send(new GetPipelineCommand({ name: runs.session.pipeline }));
  return pipeline?.version;
}

async function selfUpdates(): Promise<number> {
  const { ids } = await codebuild.send(new ListBuildsForProjectCommand({ projectName: "hw-SelfUpdate" }));
  return ids?.length ?? 0;
}

async function digest({ id }: Run): Promise<string | undefined> {
  const { session } = runs;
  return (await outputVariables(session.aws, session.pipeline, id, "CheckBuild")).PIPELINE_DIGEST;
}

/** Waits for the only run of a commit to fail in a stage. @returns the log of the build that failed */
async function failure(commit: string, stage: string): Promise<string> {
  const found = await runs.until(commit, ([run]) => run?.status === "Failed");
  expect(found).toMatchObject([{ stages: { [stage]: "Failed" } }]);
  return runs.log(found[0]!);
}

/** Waits until a commit's changed definition is deployed, and shows that the run for it is the only one. */
async function updated(commit: string): Promise<void> {
  const before = await selfUpdates();
  const found = await runs.until(commit, (all) => all[1]?.stages.SelfUpdate === "Skipped");
  expect(found).toMatchObject([{ stages: UPDATED }, { stages: SKIPPED }]);
  expect(await digest(found[1]!)).toBe(await digest(found[0]!));
  // Of the two runs only the first was a build.
  expect(await selfUpdates()).toBeLessThanOrEqual(before + 1);
}

it("goes on without a build of SelfUpdate, and without a question, when the definition is the deployed one", async () => {
  const commit = await runs.push();
  const found = await runs.until(commit, ([run]) => run?.stages.SelfUpdate === "Skipped");
  expect(found).toMatchObject([{ stages: SKIPPED }]);
  expect(await selfUpdates()).toBe(0);
  expect(runs.asked).toEqual([]);
});

it("is repaired by npm run bootstrap when a commit has broken SelfUpdate itself", async () => {
  const broken = (text: string) => text.replace("npx cdktf", "false && npx cdktf");
  runs.edit("buildspecs/self-update.yml", broken);
  // The SelfUpdate that is deployed is the earlier one.
  await updated(await runs.push("Break SelfUpdate"));
  const before = await version();
  longer(31);
  expect(await failure(await runs.push("Give builds more time"), "SelfUpdate")).toMatch(/false && npx cdktf/);
  expect(await version()).toBe(before);

  runs.edit("buildspecs/self-update.yml", (text) => text.replace("false && npx cdktf", "npx cdktf"));
  await runs.commit("Repair SelfUpdate");
  await runs.session.workstation.bootstrap();
  // Its own project, role and buildspec.
  runs.edit("buildspecs/self-update.yml", (text) => `${text}      - echo updated\n`);
  runs.edit("stacks/pipeline-stack.ts", (text) =>
    text.replace("What ${step.name} may", "All that ${step.name} may"),
  );
  await updated(await runs.push("Change its project, its role and its commands"));
  const { projects } = await codebuild.send(new BatchGetProjectsCommand({ names: ["hw-SelfUpdate"] }));
  expect(projects).toMatchObject([{ timeoutInMinutes: 31 }]);
});

it("stays as it is when its definition is none, and goes on with the next commit", async () => {
  const before = await version();
  const double = (text: string) =>
    text.replace('name: "ConfirmPermissions",\n  skipped', 'name: "UnitTest",\n  skipped');
  runs.edit(steps, double);
  const commit = await runs.push("Name two stages alike");
  expect(await failure(commit, "UnitTest")).toMatch(/two stages are named UnitTest/);
  expect(await version()).toBe(before);

  await runs.session.workstation.git("revert", "--no-edit", "HEAD");
  const mended = await runs.push();
  const found = await runs.until(mended, ([run]) => run?.stages.SelfUpdate === "Skipped");
  expect(found).toMatchObject([{ stages: SKIPPED }]);
});

it("takes a stage more and a step under a new name, after a person has seen the new permissions", async () => {
  runs.edit(steps, (text) =>
    text.replace(
      /^( +integrationTest\(.*\n)/m,
      '$1    { name: "Announce", actions: [{ kind: "approval", name: "Announce", says: "Ready" }] },\n',
    ),
  );
  for (const file of [steps, "stacks/iam/step-roles.ts"])
    runs.edit(file, (text) => text.replaceAll("PlanOnProd", "PreviewOfProd"));
  const commit = await runs.push("Announce, and rename PlanOnProd");
  await updated(commit);
  expect(runs.asked).toEqual([
    expect.stringMatching(/^More permissions: .*hw-pipeline-PreviewOfProd \(new\) may /),
  ]);
  expect(await stageNames()).toContain("Announce");
  const names = ["hw-PlanOnProd", "hw-PreviewOfProd"];
  const { projectsNotFound } = await codebuild.send(new BatchGetProjectsCommand({ names }));
  expect(projectsNotFound).toEqual(["hw-PlanOnProd"]);
});

it("takes a tag, once a commit has put it on the list of what a stack may have", async () => {
  runs.edit("tasks/barrier/allowed.ts", (text) =>
    text.replace('"pipeline_type", "role_arn", "stage"', '"pipeline_type", "role_arn", "stage", "tags"'),
  );
  // The programs of the next definition are others.
  await updated(await runs.push("Allow tags of the pipeline"));
  runs.edit("stacks/constructs/delivery-pipeline.ts", (text) =>
    text.replace('pipelineType: "V2",', 'pipelineType: "V2",\n      tags: { team: "water" },'),
  );
  await updated(await runs.push("Say whose the pipeline is"));
  const { metadata } = await runs.codepipeline.send(new GetPipelineCommand({ name: runs.session.pipeline }));
  const { tags } = await runs.codepipeline.send(
    new ListTagsForResourceCommand({ resourceArn: metadata?.pipelineArn }),
  );
  expect(tags).toEqual([{ key: "team", value: "water" }]);
});

it("follows another branch, and loses a stage", async () => {
  runs.edit(steps, (text) => text.replace(/ +\{ name: "Announce".*\n/, ""));
  const ssm = new SSMClient(runs.client);
  const parameter = { Name: "/hw/pipeline_githubBranch", Value: "release", Overwrite: true };
  await ssm.send(new PutParameterCommand(parameter));
  const commit = await runs.commit("Announce no more");
  await runs.session.workstation.push("release");
  await runs.push();
  await updated(commit);
  expect(await stageNames()).not.toContain("Announce");

  // From now on a push to main starts nothing.
  longer(33);
  const next = await runs.push("Give builds even more time");
  await runs.session.workstation.push("release");
  await updated(next);
});

it("is put right by npm run bootstrap when somebody has broken it by hand", async () => {
  const iam = new IAMClient(runs.client);
  await codebuild.send(new DeleteProjectCommand({ name: "hw-UnitTest" }));
  await iam.send(new DeleteRolePolicyCommand({ RoleName: "hw-pipeline-SelfUpdate", PolicyName: "rights" }));
  await runs.codepipeline.send(new DeleteWebhookCommand({ name: "hw-push" }));
  await deleteHooks();

  await runs.session.workstation.bootstrap();
  longer(32);
  // The workstation's own setting is still the branch main.
  await updated(await runs.push("Give builds more time again"));
});

/** On GitHub, as on the page of the repository's settings. */
async function deleteHooks(): Promise<void> {
  const { api } = runs.session.github;
  const headers = { Authorization: `Bearer ${runs.session.githubToken}` };
  const hooks = `${api}repos/${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}/hooks`;
  const found = (await (await fetch(hooks, { headers })).json()) as { id: number }[];
  expect(found).toHaveLength(1);
  for (const { id } of found) await fetch(`${hooks}/${id}`, { method: "DELETE", headers });
}

async function stageNames(): Promise<(string | undefined)[]> {
  const { pipeline } = await runs.codepipeline.send(new GetPipelineCommand({ name: runs.session.pipeline }));
  return (pipeline?.stages ?? []).map(({ name }) => name);
}
