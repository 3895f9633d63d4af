import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../../rehearsal/src/session";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { WORLD } from "./deployed-pipeline";
import { PipelineRuns } from "./pipeline-runs";
import { runJob, type JobResult, type JobRun } from "./workflow-job";

/** Both workflows as GitHub would run them, for pull requests of somebody who wants the state and the GitHub token. */
jest.setTimeout(15 * 60_000);

const REPOSITORY = `${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}`;

let runs: PipelineRuns;
let main: string;
let artifacts: string;

beforeAll(async () => {
  runs = await PipelineRuns.restored("bootstrapped");
  main = await runs.session.workstation.head();
});
beforeEach(async () => {
  artifacts = mkdtempSync(join(tmpdir(), "artifacts-"));
  await runs.session.workstation.git("switch", "--quiet", "--force-create", "feature", main);
});
afterEach(() => rmSync(artifacts, { recursive: true, force: true }));
afterAll(() => runs?.stop());

/** What the runs of a pull request have in common. */
function jobRun(): Omit<JobRun, "commit" | "workflow" | "job" | "run" | "contexts"> {
  const { workstation, github, githubToken: token } = runs.session;
  const { endpoint, region } = runs.client;
  const aws = { endpoint, region, account: ACCOUNT };
  return {
    clone: workstation.clone,
    github: { api: github.api, token },
    aws,
    artifacts,
    environment: internet(),
  };
}

/** The machine, and where AWS and GitHub are, without anything of the person on the workstation. */
function internet(): NodeJS.ProcessEnv {
  const personal =
    /^(AWS_(ACCESS|SECRET|SESSION|REGION)|GIT_CONFIG|githubAccessToken$|hw_|pipeline_|service_)/;
  const machine = Object.entries(runs.session.workstation.environment()).filter(
    ([name]) => !personal.test(name),
  );
  return { ...Object.fromEntries(machine), AWS_EC2_METADATA_DISABLED: "true" };
}

/** The repository's variables, as the README lists them. */
function variables(): Record<string, string> {
  const settings = Object.entries({ ...SETTINGS, ...WORLD });
  return Object.fromEntries(settings.map(([name, value]) => [name.toUpperCase(), value]));
}

/** What GitHub says of the run of the pull request's own workflow. */
function otherRun(head = REPOSITORY) {
  return { id: 1, conclusion: "success", event: "pull_request", head_repository: { full_name: head } };
}

/** The run of diff.yml, as the pull request has it. */
async function diffRun(): Promise<JobResult> {
  return runJob({
    ...jobRun(),
    workflow: "diff.yml",
    job: "synthesize",
    commit: await runs.session.workstation.head(),
    run: { event: "pull_request", branch: "feature" },
    contexts: {
      github: {
        repository: REPOSITORY,
        event: { pull_request: { head: { repo: { full_name: REPOSITORY } } } },
      },
      vars: variables(),
    },
  });
}

/** The run of plan.yml that follows, as the main branch has it. */
async function planRun(of: object = otherRun()): Promise<JobResult> {
  return runJob({
    ...jobRun(),
    workflow: "plan.yml",
    job: "plan",
    commit: main,
    run: { event: "workflow_run", workflow: "plan.yml" },
    contexts: {
      github: { repository: REPOSITORY, sha: main, event: { workflow_run: of } },
      vars: variables(),
    },
  });
}

/** Code that prints what it can get: the credentials it has, those it can ask for, and with them the secret. */
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

/** Code that has Terraform do the same while it plans. */
const STACK_THIEF = `
  import { readFileSync, writeFileSync } from "node:fs";
  const file = "cdktf.out/stacks/pipeline/cdk.tf.json";
  const stack = JSON.parse(readFileSync(file, "utf8"));
  const [secret] = Object.keys(stack.data.aws_secretsmanager_secret_version);
  stack.data.external = { env: { program: ["sh", "-c", "env >&2; echo {}"] } };
  const value = "nonsensitive(data.aws_secretsmanager_secret_version." + secret + ".secret_string)";
  stack.output.stolen = { value: "$" + "{" + value + "}" };
  writeFileSync(file, JSON.stringify(stack, null, 2));
`;

/** Has the code of the pull request run the thief wherever it is synthesized. */
function addThief(): void {
  runs.edit("tasks/app.mjs", (text) => `${text}\n${THIEF}`);
}

describe("a pull request", () => {
  it("is planned, and the plan says what it changes of each stack", async () => {
    runs.edit("stacks/constructs/live-function.ts", (text) =>
      text.replace("props.memoryMegabytes", "props.memoryMegabytes * 2"),
    );
    runs.edit("stacks/iam/boundary.ts", (text) => text.replaceAll('"lambda:*",', '"lambda:*", "sqs:*",'));
    await runs.commit("Change more than a build deploys");
    expect(await diffRun()).toMatchObject({ conclusion: "success" });
    const { conclusion, log } = await planRun();
    expect({ conclusion, log }).toMatchObject({ conclusion: "success" });
    const summary = log.slice(log.lastIndexOf("Summary"));
    for (const stack of ["pipeline", "service-dev", "service-prod"]) {
      expect(summary).toMatch(new RegExp(`${stack} +(Plan: \\d|No changes)`));
    }
    expect(summary).toMatch(/state +No changes/);
    expect(summary).toMatch(
      /change in it resource\.aws_iam_policy\.boundary\S*, which only npm run bootstrap/,
    );
  });

  it("cannot use credentials where its code runs: there are none", async () => {
    addThief();
    await runs.commit("Read the secret");
    const { log } = await diffRun();
    expect(log).toMatch(/refused: CredentialsProviderError/);
    expect(log).not.toContain(runs.session.githubToken);
  });

  it("gets a token when it takes the permission, and the role refuses it", async () => {
    addThief();
    runs.edit(".github/workflows/diff.yml", (text) =>
      text.replace("contents: read #", "id-token: write\n      contents: read #"),
    );
    await runs.commit("Ask for a token");
    const { log } = await diffRun();
    expect(log).toMatch(/refused: AccessDenied\w*: Not authorized to perform sts:AssumeRoleWithWebIdentity/);
    expect(log).not.toContain(runs.session.githubToken);
  });

  it("cannot have its code run where the role is: the plan is made by the main branch", async () => {
    runs.edit("tasks/cli/diff.ts", (text) => `throw new Error("theirs");\n${text}`);
    runs.edit("cdktf.json", (text) => text.replace(/"app": ".*"/, '"app": "echo theirs"'));
    runs.edit("package.json", (text) => text.replace(/"diff": ".*"/, '"diff": "echo theirs"'));
    await runs.commit("Replace the programs");
    expect(await diffRun()).toMatchObject({ conclusion: "success" });
    const { conclusion, log } = await planRun();
    expect({ conclusion, log }).toMatchObject({ conclusion: "success" });
    expect(log).not.toContain("theirs");
  });

  it("is not planned where its stacks start a program or show the secret", async () => {
    runs.edit("tasks/app.mjs", (text) => `${text}\n${STACK_THIEF}`);
    await runs.commit("Have Terraform read the secret");
    expect(await diffRun()).toMatchObject({ conclusion: "success" });
    const { conclusion, log } = await planRun();
    expect(conclusion).toBe("failure");
    expect(log).toContain('data has "external"');
    expect(log).toContain("output.stolen.value has the expression");
    expect(log).not.toContain("== pipeline");
    expect(log).not.toContain(runs.session.githubToken);
  });

  it("cannot lead the plan elsewhere by a link in its artifact", async () => {
    await runs.commit("Change nothing");
    await diffRun();
    const stack = join(artifacts, "stacks/stacks/service-dev");
    rmSync(stack, { recursive: true });
    symlinkSync(join(runs.session.workstation.clone, "cdktf.out/stacks/service-dev"), stack);
    const { conclusion, log } = await planRun();
    expect(conclusion).toBe("failure");
    expect(log).toContain("stacks/service-dev is not a folder");
  });

  it("is not planned when it comes from a fork, was not successful, or was no pull request", async () => {
    await runs.commit("Change nothing");
    await diffRun();
    for (const of of [
      otherRun("eve/pipeline"),
      { ...otherRun(), conclusion: "failure" },
      { ...otherRun(), event: "push" },
    ]) {
      expect(await planRun(of)).toEqual({ conclusion: "skipped", log: "" });
    }
  });
});
