import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Credentials } from "../../src/aws/aws-context";
import { startAws, type AwsServer } from "../../src/aws/server";
import { rootCredentials } from "../../src/ministack/emulator";
import { ACCOUNT, REGION, sessionOf, testEmulator, type TestEmulator } from "../ministack/fixture";

// Terraform starts a provider of several hundred megabytes for every command.
jest.setTimeout(240_000);

const execute = promisify(execFile);

const PIPELINE_ROLE = `arn:aws:iam::${ACCOUNT}:role/pipeline`;

let emulator: TestEmulator;
let aws: AwsServer;
let folder: string;
let deployer: Credentials;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "terraform-"));
  emulator = await testEmulator();
  deployer = await sessionOf(emulator, "deployer", permissions());
  aws = await startAws({
    region: REGION,
    account: ACCOUNT,
    emulator: emulator.url,
    emulatorLog: emulator.logFile,
    root: rootCredentials(ACCOUNT),
    folder,
    machine: {},
    github: { gitUrl: (owner, repository) => `http://127.0.0.1:1/${owner}/${repository}.git` },
  });
});

afterAll(async () => {
  await aws.stop();
  await emulator.remove();
  await rm(folder, { recursive: true });
});

/** What the role that deploys the pipeline needs, and no more. */
function permissions() {
  const arn = `arn:aws:codepipeline:${REGION}:${ACCOUNT}`;
  const on = (Resource: string | string[], ...actions: string[]) => ({
    Effect: "Allow",
    Action: actions.map((action) => `codepipeline:${action}`),
    Resource,
  });
  const pass = { StringEquals: { "iam:PassedToService": "codepipeline.amazonaws.com" } };
  return [
    on(`${arn}:delivery`, "CreatePipeline", "GetPipeline", "UpdatePipeline", "DeletePipeline"),
    on([`${arn}:delivery`, `${arn}:webhook:push`], "ListTagsForResource", "TagResource"),
    on([`${arn}:delivery`, `${arn}:webhook:push`], "PutWebhook"),
    on(`${arn}:webhook:push`, "DeleteWebhook"),
    on(`${arn}:webhook:*`, "ListWebhooks"),
    { Effect: "Allow", Action: "iam:PassRole", Resource: PIPELINE_ROLE, Condition: pass },
  ];
}

function terraform(...args: string[]) {
  return execute("terraform", args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TF_CLI_CONFIG_FILE: process.env.TF_CLI_CONFIG_FILE,
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      AWS_ENDPOINT_URL: aws.context.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: deployer.accessKeyId,
      AWS_SECRET_ACCESS_KEY: deployer.secretAccessKey,
      AWS_SESSION_TOKEN: deployer.sessionToken,
    },
  });
}

const action = (name: string, category: string, owner: string, provider: string, rest: object) => ({
  name,
  category,
  owner,
  provider,
  version: "1",
  ...rest,
});

/** A pipeline with everything the project's own one has, and its webhook. */
function configuration({ digest, secret }: { digest: string; secret: string }): string {
  const source = action("Source1", "Source", "ThirdParty", "GitHub", {
    output_artifacts: ["source"],
    namespace: "Source1",
    configuration: {
      Owner: "o",
      Repo: "r",
      Branch: "main",
      OAuthToken: "t0ken",
      PollForSourceChanges: "false",
    },
  });
  const test = action("UnitTest", "Build", "AWS", "CodeBuild", {
    input_artifacts: ["source"],
    output_artifacts: ["built"],
    namespace: "UnitTest",
    configuration: {
      ProjectName: "UnitTest",
      EnvironmentVariables: '[{"name":"A","value":"#{Source1.CommitId}"}]',
    },
  });
  const approve = action("Approve", "Approval", "AWS", "Manual", { configuration: { CustomData: "look" } });
  const update = action("Update", "Build", "AWS", "CodeBuild", {
    input_artifacts: ["built"],
    configuration: { ProjectName: "SelfUpdate" },
  });
  const rule = {
    name: "changed",
    rule_type_id: { category: "Rule", owner: "AWS", provider: "VariableCheck", version: "1" },
    configuration: { Variable: "#{UnitTest.DIGEST}", Operator: "NE", Value: digest },
  };
  return JSON.stringify({
    terraform: { required_providers: { aws: { source: "hashicorp/aws", version: "5.100.0" } } },
    resource: {
      aws_codepipeline: {
        it: {
          name: "delivery",
          role_arn: PIPELINE_ROLE,
          pipeline_type: "V2",
          execution_mode: "QUEUED",
          artifact_store: { type: "S3", location: "artifacts" },
          tags: { project: "heavy", digest },
          stage: [
            { name: "Source", action: [source] },
            {
              name: "Test",
              action: [test],
              on_failure: { result: "RETRY", retry_configuration: { retry_mode: "FAILED_ACTIONS" } },
            },
            { name: "Approval", action: [approve] },
            {
              name: "SelfUpdate",
              action: [update],
              before_entry: { condition: { result: "SKIP", rule: [rule] } },
            },
          ],
        },
      },
      aws_codepipeline_webhook: {
        it: {
          name: "push",
          target_pipeline: "${aws_codepipeline.it.name}",
          target_action: "Source1",
          authentication: "GITHUB_HMAC",
          authentication_configuration: { secret_token: secret },
          filter: [{ json_path: "$.ref", match_equals: "refs/heads/{Branch}" }],
          tags: { project: "heavy" },
        },
      },
    },
  });
}

it("lets Terraform's provider create, read, update and delete a pipeline and its webhook", async () => {
  const write = (settings: { digest: string; secret: string }) =>
    writeFile(join(folder, "main.tf.json"), configuration(settings));
  // With -detailed-exitcode a plan that would change anything exits with 2, which rejects.
  const clean = () => terraform("plan", "-input=false", "-no-color", "-detailed-exitcode");
  const apply = () => terraform("apply", "-input=false", "-no-color", "-auto-approve");

  await write({ digest: "one", secret: "first" });
  await terraform("init", "-input=false", "-no-color");
  await apply();
  await clean();
  const url = aws.codepipeline.webhooks()[0]!.url;

  await write({ digest: "two", secret: "second" });
  await expect(clean()).rejects.toMatchObject({ code: 2 });
  await apply();
  await clean();
  const pipeline = aws.codepipeline.get("delivery");
  expect(pipeline.version).toBe(2);
  expect(pipeline.tags).toContainEqual({ key: "digest", value: "two" });
  expect(aws.codepipeline.webhooks()[0]!.definition.authenticationConfiguration).toEqual({
    SecretToken: "second",
  });
  expect(url).toContain(aws.context.endpoint);

  await terraform("destroy", "-input=false", "-no-color", "-auto-approve");
  expect(aws.codepipeline.all()).toEqual([]);
  expect(aws.codepipeline.webhooks()).toEqual([]);

  // Every right it has is used; that no other is needed, the above has shown.
  const used = (await emulator.decisions()).filter(({ principal }) => principal.endsWith("role/deployer"));
  const granted = permissions().flatMap(({ Action }) => Action);
  expect([...new Set(used.map(({ action }) => action))].sort()).toEqual([...new Set(granted)].sort());
});
