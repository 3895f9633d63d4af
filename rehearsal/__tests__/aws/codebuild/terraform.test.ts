import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { terraformEnvironment } from "../../../src/terraform-config";
import { openAccount, type Account } from "./account";

jest.setTimeout(180_000);

let account: Account;
let server: AwsServer;
let role: string;

beforeAll(async () => {
  account = await openAccount();
  const { region, account: number, emulator, emulatorLog, root, folder } = account.aws;
  const github = { gitUrl: () => "http://127.0.0.1:9/none.git" };
  server = await startAws({
    region,
    account: number,
    emulator,
    emulatorLog,
    root,
    folder,
    machine: process.env,
    github,
  });
  role = await account.createRole("builder", []);
});

afterAll(async () => {
  await server.stop();
  await account.stop();
});

function project(settings: object) {
  return {
    resource: {
      aws_codebuild_report_group: {
        tests: { name: "tests", type: "TEST", export_config: { type: "NO_EXPORT" }, delete_reports: true },
      },
      aws_codebuild_project: {
        full: {
          name: "full",
          description: "A project with all that the pipeline sets",
          service_role: role,
          source: { type: "CODEPIPELINE", buildspec: "buildspecs/full.yml" },
          artifacts: { type: "CODEPIPELINE" },
          environment: {
            type: "LINUX_CONTAINER",
            image: "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            compute_type: "BUILD_GENERAL1_SMALL",
            environment_variable: [
              { name: "A", value: "a" },
              { name: "B", value: "/hw/b", type: "PARAMETER_STORE" },
            ],
          },
          logs_config: { cloudwatch_logs: { group_name: "/aws/codebuild/full" } },
          tags: { project: "heavy-water" },
          concurrent_build_limit: 2,
          ...settings,
        },
        least: {
          name: "least",
          service_role: role,
          source: { type: "NO_SOURCE", buildspec: "version: 0.2\nphases: {}\n" },
          artifacts: { type: "NO_ARTIFACTS" },
          environment: { type: "LINUX_CONTAINER", image: "i", compute_type: "BUILD_GENERAL1_SMALL" },
        },
      },
    },
  };
}

const provider = {
  terraform: { required_providers: { aws: { source: "hashicorp/aws", version: "5.100.0" } } },
  provider: { aws: { region: "eu-west-1" } },
};

it("lets the AWS provider create, read, change and delete projects without a difference", async () => {
  const folder = join(account.aws.folder, "terraform");
  mkdirSync(folder);
  const write = (settings: object) =>
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ ...provider, ...project(settings) }));
  const terraform = async (...args: string[]): Promise<string> => {
    const env = {
      ...process.env,
      ...terraformEnvironment(process.cwd()),
      AWS_ENDPOINT_URL: server.context.endpoint,
      AWS_ACCESS_KEY_ID: server.context.root.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.context.root.secretAccessKey,
    };
    const call = promisify(execFile)("terraform", [...args, "-no-color"], { cwd: folder, env });
    const { stdout } = await call.catch((error: Error & { stdout: string }) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    });
    return stdout;
  };
  // Exit code 2, an error to execFile, would mean that there is something to change.
  const planClean = () => terraform("plan", "-detailed-exitcode");

  write({});
  await terraform("init");
  expect(await terraform("apply", "-auto-approve")).toContain("3 added, 0 changed, 0 destroyed");
  expect(await planClean()).toContain("No changes");

  write({
    description: "Changed",
    build_timeout: 20,
    queued_timeout: 30,
    badge_enabled: false,
    tags: {},
    concurrent_build_limit: null,
  });
  expect(await terraform("apply", "-auto-approve")).toContain("0 added, 1 changed, 0 destroyed");
  expect(await planClean()).toContain("No changes");

  const client = new CodeBuildClient({
    endpoint: server.context.endpoint,
    region: server.context.region,
    credentials: server.context.root,
  });
  const read = () => client.send(new BatchGetProjectsCommand({ names: ["full", "least"] }));
  const { projects = [] } = await read();
  expect(projects[0]).toMatchObject({
    description: "Changed",
    timeoutInMinutes: 20,
    queuedTimeoutInMinutes: 30,
  });
  expect(projects[1]).toMatchObject({ timeoutInMinutes: 60, queuedTimeoutInMinutes: 480 });
  expect(projects[0]!.lastModified!.getTime()).toBeGreaterThan(projects[0]!.created!.getTime());

  expect(await terraform("destroy", "-auto-approve")).toContain("3 destroyed");
  expect((await read()).projectsNotFound).toEqual(["full", "least"]);
  client.destroy();
});
