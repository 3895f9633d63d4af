import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { DiffReport } from "../../tasks/diff/report";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { Harness } from "./harness";
import { PullRequestWorkflows } from "./pull-request-workflows";
import { restore } from "./saved-world/restore";

/** Both workflows as GitHub would run them, for pull requests that try to read the state and the GitHub token. */
jest.setTimeout(15 * 60_000);

let harness: Harness;
let main: string;
let workflows: PullRequestWorkflows;

beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped");
  main = await harness.session.workstation.head();
});
beforeEach(async () => {
  workflows = new PullRequestWorkflows(harness, main);
  await harness.session.workstation.git("switch", "--quiet", "--force-create", "feature", main);
});
afterEach(() => workflows.remove());
afterAll(() => harness?.stop());

/** Code that prints the secret if it can read it, with the credentials of its environment or with those of the role. */
const THIEF = `
  import { SecretsManagerClient, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
  import { STSClient, AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
  const region = "${REGION}";
  try {
    let credentials;
    if (url) {
      const answer = await fetch(url + "&audience=sts.amazonaws.com", { headers: { Authorization: "bearer " + token } });
      const sts = new STSClient({ region, credentials: { accessKeyId: "", secretAccessKey: "" } });
      const { Credentials: c } = await sts.send(new AssumeRoleWithWebIdentityCommand({
        RoleArn: "arn:aws:iam::${ACCOUNT}:role/hw-diff", RoleSessionName: "thief",
        WebIdentityToken: (await answer.json()).value,
      }));
      credentials = { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken };
    }
    const client = new SecretsManagerClient({ region, ...(credentials && { credentials }) });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: "PIPELINE_GITHUB" }));
    console.log("stolen: " + SecretString);
  } catch (error) {
    console.log("refused: " + error.name + ": " + error.message);
  }
`;

/** Code that makes Terraform do the same during a plan. */
const STACK_THIEF = `
  import * as files from "node:fs";
  const file = "cdktf.out/stacks/pipeline/cdk.tf.json";
  const stack = JSON.parse(files.readFileSync(file, "utf8"));
  const [secret] = Object.keys(stack.data.aws_secretsmanager_secret_version);
  stack.data.external = { env: { program: ["sh", "-c", "env >&2; echo {}"] } };
  const value = "nonsensitive(data.aws_secretsmanager_secret_version." + secret + ".secret_string)";
  stack.output.stolen = { value: "$" + "{" + value + "}" };
  files.writeFileSync(file, JSON.stringify(stack, null, 2));
`;

/** Makes the code of the pull request run the thief when it is synthesized. */
function addThief(): void {
  harness.edit("tasks/app.mjs", (text) => `${text}\n${THIEF}`);
}

describe("a pull request", () => {
  it("is planned, and the plan shows its changes of each stack", async () => {
    harness.edit("stacks/constructs/versioned-function.ts", (text) =>
      text.replace("props.memoryMegabytes", "props.memoryMegabytes * 2"),
    );
    harness.edit("stacks/iam/boundary.ts", (text) => text.replaceAll('"lambda:*",', '"lambda:*", "sqs:*",'));
    await harness.commit("Change more than a build deploys");
    expect(await workflows.diff()).toMatchObject({ conclusion: "success" });
    const { conclusion, log } = await workflows.plan();
    expect({ conclusion, log }).toMatchObject({ conclusion: "success" });
    const report = JSON.parse(
      readFileSync(join(workflows.artifacts, "plan/plan.json"), "utf8"),
    ) as DiffReport;
    const summaries = Object.fromEntries(
      report.stacks.map((stack) => [stack.stack, "error" in stack ? stack.error : stack.summary]),
    );
    expect(summaries).toEqual({
      pipeline: expect.stringMatching(/^(Plan: \d|No changes)/) as string,
      "service-dev": expect.stringMatching(/^Plan: \d/) as string,
      "service-prod": expect.stringMatching(/^Plan: \d/) as string,
      state: "No changes.",
    });
    expect(report.bootstrapOnly).toEqual([expect.stringMatching(/^resource\.aws_iam_policy\.boundary/)]);
  });

  it("finds no credentials in the job that runs its code", async () => {
    addThief();
    await harness.commit("Read the secret");
    const { log } = await workflows.diff();
    expect(log).toMatch(/refused: CredentialsProviderError/);
    expect(log).not.toContain(harness.session.githubToken);
  });

  it("gets an identity token when it adds the permission, and cannot assume the role with it", async () => {
    addThief();
    harness.edit(".github/workflows/diff.yml", (text) =>
      text.replace("contents: read #", "id-token: write\n      contents: read #"),
    );
    await harness.commit("Ask for a token");
    const { log } = await workflows.diff();
    expect(log).toMatch(/refused: AccessDenied\w*: Not authorized to perform sts:AssumeRoleWithWebIdentity/);
    expect(log).not.toContain(harness.session.githubToken);
  });

  it("cannot run its code in the job that has the role: the plan runs the main branch", async () => {
    harness.edit("tasks/cli/diff.ts", (text) => `throw new Error("theirs");\n${text}`);
    harness.edit("cdktf.json", (text) => text.replace(/"app": ".*"/, '"app": "echo theirs"'));
    harness.edit("package.json", (text) => text.replace(/"diff": ".*"/, '"diff": "echo theirs"'));
    await harness.commit("Replace the programs");
    expect(await workflows.diff()).toMatchObject({ conclusion: "success" });
    const { conclusion, log } = await workflows.plan();
    expect({ conclusion, log }).toMatchObject({ conclusion: "success" });
    expect(log).not.toContain("theirs");
  });

  it("is not planned when its stacks start a program or output the secret", async () => {
    harness.edit("tasks/app.mjs", (text) => `${text}\n${STACK_THIEF}`);
    await harness.commit("Make Terraform read the secret");
    expect(await workflows.diff()).toMatchObject({ conclusion: "success" });
    const { conclusion, log } = await workflows.plan();
    expect(conclusion).toBe("failure");
    expect(log).toContain('data has "external"');
    expect(log).toContain("output.stolen.value has the expression");
    expect(log).not.toContain("== pipeline");
    expect(log).not.toContain(harness.session.githubToken);
  });

  it("cannot redirect the plan with a symbolic link in its artifact", async () => {
    await harness.commit("Change nothing");
    await workflows.diff();
    const stack = join(workflows.artifacts, "stacks/stacks/service-dev");
    rmSync(stack, { recursive: true });
    symlinkSync(join(harness.session.workstation.clone, "cdktf.out/stacks/service-dev"), stack);
    const { conclusion, log } = await workflows.plan();
    expect(conclusion).toBe("failure");
    expect(log).toContain("stacks/service-dev is not a folder");
  });

  it("is not planned when it comes from a fork, or when the run failed or was not of a pull request", async () => {
    await harness.commit("Change nothing");
    await workflows.diff();
    for (const event of [
      { head_repository: { full_name: "eve/pipeline" } },
      { conclusion: "failure" },
      { event: "push" },
    ]) {
      expect(await workflows.plan(event)).toEqual({ conclusion: "skipped", log: "" });
    }
  });
});
