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
import { Harness, type Run } from "./harness";
import { restore } from "./saved-world/restore";

/** A pipeline whose definition changes several times. */
jest.setTimeout(15 * 60_000);

const UPDATED = { UnitTest: "Succeeded", SelfUpdate: "Cancelled" };
const SKIPPED = { UnitTest: "Succeeded", ConfirmPermissions: "Skipped", SelfUpdate: "Skipped" };

let harness: Harness;
let codebuild: CodeBuildClient;

beforeAll(async () => {
  // SelfUpdate runs early. Deployments are not part of this test.
  harness = await restore(Harness, "bootstrapped");
  codebuild = new CodeBuildClient(harness.client);
  await harness.holdBefore("IntegrationTest");
});

afterAll(async () => {
  codebuild?.destroy();
  await harness?.stop();
});

const steps = "stacks/pipeline/stages.ts";
const longer = (minutes: number) =>
  harness.edit(steps, (text) => text.replace(/timeoutMinutes: \d+/g, `timeoutMinutes: ${minutes}`));

async function version(): Promise<number | undefined> {
  const { pipeline } = await harness.codepipeline.send(
    new GetPipelineCommand({ name: harness.session.pipeline }),
  );
  return pipeline?.version;
}

async function selfUpdates(): Promise<number> {
  const { ids } = await codebuild.send(new ListBuildsForProjectCommand({ projectName: "hw-SelfUpdate" }));
  return ids?.length ?? 0;
}

async function digest({ id }: Run): Promise<string | undefined> {
  const { session } = harness;
  return (await outputVariables(session.aws, session.pipeline, id, "CheckBuild")).PIPELINE_DIGEST;
}

/** Waits until the execution of a commit has failed in a stage. @returns the log of the build that failed */
async function failure(commit: string, stage: string): Promise<string> {
  const run = await harness.failed(commit);
  expect(await harness.runs(commit)).toMatchObject([{ stages: { [stage]: "Failed" } }]);
  return harness.log(run);
}

/** Waits until a commit's definition is deployed by exactly one additional execution. */
async function updated(commit: string): Promise<void> {
  const before = await selfUpdates();
  const found = await harness.updated(commit);
  expect(found).toMatchObject([{ stages: UPDATED }, { stages: SKIPPED }]);
  expect(await digest(found[1]!)).toBe(await digest(found[0]!));
  // Only the first execution starts a build.
  expect(await selfUpdates()).toBeLessThanOrEqual(before + 1);
}

/** Waits until a commit has passed SelfUpdate without a build. */
function unchanged(commit: string): Promise<Run[]> {
  return harness.until(commit, "SelfUpdate is skipped", ([run]) => run?.stages.SelfUpdate === "Skipped");
}

describe("a pipeline", () => {
  it("skips SelfUpdate and requests no approval when the definition is the deployed one", async () => {
    expect(await unchanged(await harness.push())).toMatchObject([{ stages: SKIPPED }]);
    expect(await selfUpdates()).toBe(0);
    expect(harness.approvals).toEqual([]);
  });

  it("is repaired by npm run bootstrap after a commit has broken SelfUpdate", async () => {
    const breakSelfUpdate = (text: string) =>
      text.replace("then node node_modules", "then false && node node_modules");
    harness.edit("buildspecs/self-update.yml", breakSelfUpdate);
    // This update is still made by the previous SelfUpdate.
    await updated(await harness.push("Break SelfUpdate"));
    const before = await version();
    longer(31);
    expect(await failure(await harness.push("Give builds more time"), "SelfUpdate")).toMatch(
      /false && node node_modules/,
    );
    expect(await version()).toBe(before);

    harness.edit("buildspecs/self-update.yml", (text) => text.replace("then false && ", "then "));
    await harness.commit("Repair SelfUpdate");
    await harness.session.workstation.bootstrap();
    // SelfUpdate's own project, role and buildspec.
    harness.edit("buildspecs/self-update.yml", (text) => `${text}      - echo updated\n`);
    harness.edit("stacks/pipeline-stack.ts", (text) =>
      text.replace("What ${step.name} may", "All that ${step.name} may"),
    );
    await updated(await harness.push("Change its project, its role and its commands"));
    const { projects } = await codebuild.send(new BatchGetProjectsCommand({ names: ["hw-SelfUpdate"] }));
    expect(projects).toMatchObject([{ timeoutInMinutes: 31 }]);
  });

  it("does not change when the definition is invalid, and delivers the next commit", async () => {
    const before = await version();
    const double = (text: string) =>
      text.replace('name: "ConfirmPermissions",\n  skipped', 'name: "UnitTest",\n  skipped');
    harness.edit(steps, double);
    const commit = await harness.push("Name two stages alike");
    expect(await failure(commit, "UnitTest")).toMatch(/two stages are named UnitTest/);
    expect(await version()).toBe(before);

    await harness.session.workstation.git("revert", "--no-edit", "HEAD");
    expect(await unchanged(await harness.push())).toMatchObject([{ stages: SKIPPED }]);
  });

  it("gets a new stage and a renamed step after the reviewer has approved the added permissions", async () => {
    harness.edit(steps, (text) =>
      text.replace(
        /^( +integrationTest\(.*\n)/m,
        '$1    { name: "Announce", actions: [{ kind: "approval", name: "Announce", message: "Ready", link: "commits" }] },\n',
      ),
    );
    for (const file of [steps, "stacks/iam/step-roles.ts"])
      harness.edit(file, (text) => text.replaceAll("PlanOnProd", "PreviewOfProd"));
    const commit = await harness.push("Announce, and rename PlanOnProd");
    await updated(commit);
    expect(harness.approvals).toEqual([
      expect.stringMatching(/^Added permissions: .*hw-pipeline-PreviewOfProd \(new\): /),
    ]);
    expect(await stageNames()).toContain("Announce");
    const names = ["hw-PlanOnProd", "hw-PreviewOfProd"];
    const { projectsNotFound } = await codebuild.send(new BatchGetProjectsCommand({ names }));
    expect(projectsNotFound).toEqual(["hw-PlanOnProd"]);
  });

  it("gets a tag after a commit has added it to the allow list", async () => {
    harness.edit("tasks/barrier/allowed.ts", (text) =>
      text.replace('"pipeline_type", "role_arn", "stage"', '"pipeline_type", "role_arn", "stage", "tags"'),
    );
    // This changes the pinned programs of the next definition.
    await updated(await harness.push("Allow tags of the pipeline"));
    harness.edit("stacks/constructs/delivery-pipeline.ts", (text) =>
      text.replace('pipelineType: "V2",', 'pipelineType: "V2",\n      tags: { team: "water" },'),
    );
    await updated(await harness.push("Tag the pipeline with its team"));
    const { metadata } = await harness.codepipeline.send(
      new GetPipelineCommand({ name: harness.session.pipeline }),
    );
    const { tags } = await harness.codepipeline.send(
      new ListTagsForResourceCommand({ resourceArn: metadata?.pipelineArn }),
    );
    expect(tags).toEqual([{ key: "team", value: "water" }]);
  });

  it("follows another branch, and removes a stage", async () => {
    harness.edit(steps, (text) => text.replace(/ +\{ name: "Announce".*\n/, ""));
    const ssm = new SSMClient(harness.client);
    const parameter = { Name: "/hw/pipeline_githubBranch", Value: "release", Overwrite: true };
    await ssm.send(new PutParameterCommand(parameter));
    const commit = await harness.commit("Remove Announce");
    await harness.session.workstation.push("release");
    await harness.push();
    await updated(commit);
    expect(await stageNames()).not.toContain("Announce");

    // A push to main starts no execution any more.
    longer(33);
    const next = await harness.push("Give builds even more time");
    await harness.session.workstation.push("release");
    await updated(next);
  });

  it("is repaired by npm run bootstrap after it was broken by hand", async () => {
    const iam = new IAMClient(harness.client);
    await codebuild.send(new DeleteProjectCommand({ name: "hw-UnitTest" }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "hw-pipeline-SelfUpdate", PolicyName: "rights" }));
    await harness.codepipeline.send(new DeleteWebhookCommand({ name: "hw-push" }));
    await deleteHooks();

    await harness.session.workstation.bootstrap();
    longer(32);
    // In the operator's settings, the branch is still main.
    await updated(await harness.push("Give builds more time again"));
  });

  /** Deletes the webhooks, as an administrator can in the settings of the repository. */
  async function deleteHooks(): Promise<void> {
    const { api } = harness.session.github;
    const headers = { Authorization: `Bearer ${harness.session.githubToken}` };
    const hooks = `${api}repos/${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}/hooks`;
    const found = (await (await fetch(hooks, { headers })).json()) as { id: number }[];
    expect(found).toHaveLength(1);
    for (const { id } of found) await fetch(`${hooks}/${id}`, { method: "DELETE", headers });
  }

  async function stageNames(): Promise<(string | undefined)[]> {
    const { pipeline } = await harness.codepipeline.send(
      new GetPipelineCommand({ name: harness.session.pipeline }),
    );
    return (pipeline?.stages ?? []).map(({ name }) => name);
  }
});
