import { PutWebhookCommand } from "@aws-sdk/client-codepipeline";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { PipelineRuns } from "./pipeline-runs";
import { assumeDiffRole, identityToken, type Run } from "./pull-request";

/** One pipeline, and what happens to it as GitHub and the repository there change. */
jest.setTimeout(15 * 60_000);

const ACCOUNT = "111122223333";
const WEBHOOK = "hw-push";

let runs: PipelineRuns;
let sharesSecret: string;
beforeAll(async () => {
  // As it was before: the webhooks of all pipelines had one secret.
  runs = await PipelineRuns.restored("bootstrapped");
  runs.edit("stacks/constructs/github-source.ts", (text) =>
    text.replace(/const secretToken = .*/, 'const secretToken = this.secretValue("webhookSecret");'),
  );
  sharesSecret = await runs.commit("Share the webhook secret");
  await runs.session.workstation.bootstrap();
  // What follows is about the start of an execution.
  await runs.holdBefore("UnitTest");
});
afterAll(() => runs?.stop());

describe("the role for pull requests", () => {
  const elsewhere = { owner: "heavy-water", ownerId: 1, name: "pipeline", id: 2 };
  const plan = { event: "workflow_run", workflow: "plan.yml" } as const;

  it.each([true, false])(
    "is assumed by plan.yml of the main branch (ids in its subject: %p)",
    async (immutableSubject) => {
      expect(await tried({ ...plan, immutableSubject })).toBe("assumed");
    },
  );

  it.each<[string, Run]>([
    ["the workflow of a pull request", { event: "pull_request" }],
    ["a pull request that has changed plan.yml", { event: "pull_request", workflow: "plan.yml" }],
    ["another workflow of the main branch", { event: "push", workflow: "other.yml" }],
    ["plan.yml of another branch", { event: "push", branch: "feature", workflow: "plan.yml" }],
    ["another repository of the owner", { ...plan, repository: { ...elsewhere, name: "other" } }],
    ["one with a similar name", { ...plan, repository: { ...elsewhere, name: "pipeline-2" } }],
    ["one that was registered under the same name", { ...plan, repository: elsewhere }],
    ["a fork, in its own repository", { ...plan, repository: { ...elsewhere, owner: "eve" } }],
  ])("is refused to %s", async (_, run) => {
    expect(await tried(run)).toMatch(/^AccessDenied/);
    expect(await tried({ ...run, immutableSubject: false })).toMatch(/^AccessDenied/);
  });

  it("is refused to a token for another audience, and a fork's pull request gets no token", async () => {
    expect(await tried(plan, "https://github.com/heavy-water")).toMatch(/Incorrect token audience/);
    expect(await tried({ event: "pull_request", fork: true })).toMatch(/it may not write/);
  });

  async function tried(run: Run, audience?: string): Promise<string> {
    const { endpoint, region } = runs.client;
    const { github, githubToken } = runs.session;
    try {
      await assumeDiffRole(
        endpoint,
        region,
        ACCOUNT,
        await identityToken({ api: github.api, token: githubToken }, run, audience),
      );
      return "assumed";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  }
});

describe("a webhook that gets a secret of its own", () => {
  let missed: string;
  let hooks: Hook[];

  beforeAll(async () => {
    await started(await runs.push("Arrive under the shared secret"));
    hooks = await repositoryHooks();
    // AWS has the new one already, GitHub has not.
    await setSecretInAws(await ownSecret());
    missed = await runs.push("Arrive in between");
    await refusedDelivery(missed);
    // And the apply that made the hook was killed before Terraform had written it down.
    await forgetHook();
    await runs.session.workstation.git("revert", "--no-edit", sharesSecret);
    await runs.session.workstation.bootstrap();
  });

  it("loses no push that arrives while AWS has it and GitHub does not", async () => {
    expect(await started(missed)).toHaveLength(1);
  });

  it("has it in AWS and on GitHub afterwards", async () => {
    expect(webhook().definition.authenticationConfiguration?.SecretToken).toBe(await ownSecret());
    expect(await started(await runs.push())).toHaveLength(1);
  });

  it("stays the hook that it was, though no state knew it", async () => {
    expect((await repositoryHooks()).map(({ id }) => id)).toEqual(hooks.map(({ id }) => id));
  });
});

interface Hook {
  readonly id: number;
}

async function repositoryHooks(): Promise<Hook[]> {
  const { github, githubToken } = runs.session;
  const answer = await fetch(`${github.api}api/v3/repos/heavy-water/pipeline/hooks`, {
    headers: { Authorization: `Bearer ${githubToken}` },
  });
  return (await answer.json()) as Hook[];
}

const webhook = () =>
  runs.session.aws.codepipeline.webhooks().find(({ definition }) => definition.name === WEBHOOK)!;

/** What the pipeline's webhook is to be signed with. */
async function ownSecret(): Promise<string> {
  const { SecretString = "{}" } = await new SecretsManagerClient(runs.client).send(
    new GetSecretValueCommand({ SecretId: "PIPELINE_GITHUB" }),
  );
  const { webhookSecret } = JSON.parse(SecretString) as { webhookSecret: string };
  return createHash("sha256").update(`${webhookSecret}:${WEBHOOK}`).digest("hex");
}

async function setSecretInAws(SecretToken: string): Promise<void> {
  const { definition } = webhook();
  await runs.codepipeline.send(
    new PutWebhookCommand({ webhook: { ...definition, authenticationConfiguration: { SecretToken } } }),
  );
}

/** Has the state of the pipeline stack forget the hook. */
async function forgetHook(): Promise<void> {
  const { workstation } = runs.session;
  const folder = join(workstation.clone, "cdktf.out/stacks/pipeline");
  const terraform = (...args: string[]) =>
    promisify(execFile)("terraform", [`-chdir=${folder}`, ...args], { env: workstation.environment() });
  const { stdout } = await terraform("state", "list", "-no-color");
  await terraform("state", "rm", /^github_repository_webhook\..*$/m.exec(stdout)![0]);
}

/** The executions of a commit, once there is one. */
function started(commit: string) {
  return runs.until(commit, (all) => all.length > 0);
}

async function refusedDelivery(commit: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const delivery = runs.session.github
      .deliveries()
      .find(
        ({ event, request }) => event === "push" && (request.payload as { after: string }).after === commit,
      );
    if (delivery) {
      expect(delivery.status_code).toBe(403);
      return;
    }
    await pause(100);
  }
  throw new Error(`GitHub delivered no push of ${commit} within ten seconds.`);
}
