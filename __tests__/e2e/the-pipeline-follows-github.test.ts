import { PutWebhookCommand } from "@aws-sdk/client-codepipeline";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../../rehearsal/__tests__/support/eventually";
import { Harness } from "./harness";
import { assumeDiffRole, identityToken, type Run } from "./pull-request";
import { restore } from "./saved-world/restore";

/** A pipeline while GitHub and its repository change. */
jest.setTimeout(15 * 60_000);

const ACCOUNT = "111122223333";
const WEBHOOK = "hw-push";

let harness: Harness;
let sharesSecret: string;
beforeAll(async () => {
  // As in earlier versions: the webhooks of all pipelines have the same secret.
  harness = await restore(Harness, "bootstrapped");
  harness.edit("stacks/constructs/github-source.ts", (text) =>
    text.replace(/const secretToken = .*/, 'const secretToken = this.secretValue("webhookSecret");'),
  );
  sharesSecret = await harness.commit("Share the webhook secret");
  await harness.session.workstation.bootstrap();
  // The tests are about the start of an execution.
  await harness.holdBefore("UnitTest");
});
afterAll(() => harness?.stop());

describe("the role for pull requests", () => {
  const elsewhere = { owner: "heavy-water", ownerId: 1, name: "pipeline", id: 2 };
  const plan = { event: "workflow_run", workflow: "plan.yml" } as const;

  it.each([true, false])(
    "can be assumed by plan.yml of the main branch (ids in its subject: %p)",
    async (immutableSubject) => {
      expect(await assumeRole({ ...plan, immutableSubject })).toBe("assumed");
    },
  );

  it.each<[string, Run]>([
    ["the workflow of a pull request", { event: "pull_request" }],
    ["a pull request that has changed plan.yml", { event: "pull_request", workflow: "plan.yml" }],
    ["another workflow of the main branch", { event: "push", workflow: "other.yml" }],
    ["plan.yml of another branch", { event: "push", branch: "feature", workflow: "plan.yml" }],
    ["another repository of the owner", { ...plan, repository: { ...elsewhere, name: "other" } }],
    ["a repository with a similar name", { ...plan, repository: { ...elsewhere, name: "pipeline-2" } }],
    ["a repository that was created again with the same name", { ...plan, repository: elsewhere }],
    ["a fork", { ...plan, repository: { ...elsewhere, owner: "eve" } }],
  ])("cannot be assumed by %s", async (_, run) => {
    expect(await assumeRole(run)).toMatch(/^AccessDenied/);
    expect(await assumeRole({ ...run, immutableSubject: false })).toMatch(/^AccessDenied/);
  });

  it("cannot be assumed with a token for another audience, and a fork's pull request gets no token", async () => {
    expect(await assumeRole(plan, "https://github.com/heavy-water")).toMatch(/Incorrect token audience/);
    expect(await assumeRole({ event: "pull_request", fork: true })).toMatch(/no permission id-token: write/);
  });

  async function assumeRole(run: Run, audience?: string): Promise<string> {
    const { endpoint, region } = harness.client;
    const { github, githubToken } = harness.session;
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

describe("a webhook that gets its own secret", () => {
  let missed: string;
  let hooks: Hook[];

  beforeAll(async () => {
    await started(await harness.push("Arrive with the shared secret"));
    hooks = await repositoryHooks();
    // AWS has the new secret already, GitHub does not.
    await setSecretInAws(await ownSecret());
    missed = await harness.push("Arrive in between");
    await refusedDelivery(missed);
    // As if the apply that created the hook had been killed before Terraform wrote the state.
    await removeHookFromState();
    await harness.session.workstation.git("revert", "--no-edit", sharesSecret);
    await harness.session.workstation.bootstrap();
  });

  it("loses no push that arrives when AWS has it and GitHub does not", async () => {
    expect(await started(missed)).toHaveLength(1);
  });

  it("has it in AWS and on GitHub after bootstrap", async () => {
    expect(webhook().definition.authenticationConfiguration?.SecretToken).toBe(await ownSecret());
    expect(await started(await harness.push())).toHaveLength(1);
  });

  it("stays the same hook, although it was missing in the state", async () => {
    expect((await repositoryHooks()).map(({ id }) => id)).toEqual(hooks.map(({ id }) => id));
  });
});

interface Hook {
  readonly id: number;
}

async function repositoryHooks(): Promise<Hook[]> {
  const { github, githubToken } = harness.session;
  const answer = await fetch(`${github.api}api/v3/repos/heavy-water/pipeline/hooks`, {
    headers: { Authorization: `Bearer ${githubToken}` },
  });
  return (await answer.json()) as Hook[];
}

const webhook = () =>
  harness.session.aws.codepipeline.webhooks().find(({ definition }) => definition.name === WEBHOOK)!;

/** Returns the secret with which GitHub must sign the pipeline's webhook. */
async function ownSecret(): Promise<string> {
  const { SecretString = "{}" } = await new SecretsManagerClient(harness.client).send(
    new GetSecretValueCommand({ SecretId: "PIPELINE_GITHUB" }),
  );
  const { webhookSecret } = JSON.parse(SecretString) as { webhookSecret: string };
  return createHash("sha256").update(`${webhookSecret}:${WEBHOOK}`).digest("hex");
}

async function setSecretInAws(SecretToken: string): Promise<void> {
  const { definition } = webhook();
  await harness.codepipeline.send(
    new PutWebhookCommand({ webhook: { ...definition, authenticationConfiguration: { SecretToken } } }),
  );
}

/** Removes the hook from the state of the pipeline stack. */
async function removeHookFromState(): Promise<void> {
  const { workstation } = harness.session;
  const folder = join(workstation.clone, "cdktf.out/stacks/pipeline");
  const terraform = (...args: string[]) =>
    promisify(execFile)("terraform", [`-chdir=${folder}`, ...args], { env: workstation.environment() });
  const { stdout } = await terraform("state", "list", "-no-color");
  await terraform("state", "rm", /^github_repository_webhook\..*$/m.exec(stdout)![0]);
}

/** Waits until a commit has an execution. */
function started(commit: string) {
  return harness.until(commit, "an execution starts", (all) => all.length > 0);
}

async function refusedDelivery(commit: string): Promise<void> {
  const isOfCommit = (payload: unknown) => (payload as { after: string }).after === commit;
  const delivery = await eventually(`GitHub delivers the push of ${commit}`, () =>
    harness.session.github
      .deliveries()
      .find(({ event, request }) => event === "push" && isOfCommit(request.payload)),
  );
  expect(delivery.status_code).toBe(403);
}
