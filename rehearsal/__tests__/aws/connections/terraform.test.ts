import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { terraformEnvironment } from "../../../src/terraform-config";
import { openAccount, type Account } from "../codebuild/account";

// Terraform starts a provider of several hundred megabytes for every command.
jest.setTimeout(240_000);

let account: Account;
let server: AwsServer;
let folder: string;

beforeAll(async () => {
  account = await openAccount();
  folder = join(account.aws.folder, "terraform");
  mkdirSync(folder);
  server = await startAws({ ...account.aws, github: { gitUrl: () => "http://127.0.0.1:9/none.git" } });
});

afterAll(async () => {
  await server.stop();
  await account.stop();
});

async function terraform(...args: string[]): Promise<string> {
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
}

/** A connection under each name of the service, and a pipeline that follows a branch by one of them, except for paths. */
function configuration(tags: Record<string, string>, excludes: readonly string[] = []) {
  const push = [{ branches: { includes: ["main"] }, file_paths: { excludes } }];
  const trigger = {
    provider_type: "CodeStarSourceConnection",
    git_configuration: { source_action_name: "Source1", push },
  };
  const source = {
    name: "Source1",
    category: "Source",
    owner: "AWS",
    provider: "CodeStarSourceConnection",
    version: "1",
    output_artifacts: ["source"],
    configuration: {
      ConnectionArn: "${aws_codestarconnections_connection.it.arn}",
      FullRepositoryId: "acme/api",
      BranchName: "main",
      DetectChanges: excludes.length > 0 ? "false" : "true",
      OutputArtifactFormat: "CODE_ZIP",
    },
  };
  const approve = { name: "Approve", category: "Approval", owner: "AWS", provider: "Manual", version: "1" };
  return {
    terraform: { required_providers: { aws: { source: "hashicorp/aws", version: "5.100.0" } } },
    provider: { aws: { region: "eu-west-1" } },
    resource: {
      aws_codestarconnections_connection: { it: { name: "star", provider_type: "GitHub", tags } },
      aws_codeconnections_connection: { it: { name: "code", provider_type: "GitHub", tags } },
      aws_codepipeline: {
        it: {
          name: "delivery",
          role_arn: `arn:aws:iam::${account.aws.account}:role/pipeline`,
          pipeline_type: "V2",
          ...(excludes.length > 0 && { trigger: [trigger] }),
          artifact_store: { type: "S3", location: "artifacts" },
          stage: [
            { name: "Source", action: [source] },
            { name: "Approval", action: [approve] },
          ],
        },
      },
    },
  };
}

it("lets the AWS provider create, read, change and delete connections without a difference", async () => {
  const write = (...options: Parameters<typeof configuration>) =>
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration(...options)));
  // Exit code 2, an error to execFile, would mean that there is something to change.
  const planClean = () => terraform("plan", "-detailed-exitcode");

  write({ project: "one", gone: "soon" });
  await terraform("init");
  expect(await terraform("apply", "-auto-approve")).toContain("3 added, 0 changed, 0 destroyed");
  expect(await planClean()).toContain("No changes");
  const arns = server.connections.all().map(({ ConnectionArn }) => ConnectionArn.split(":")[2]);
  expect(arns.sort()).toEqual(["codeconnections", "codestar-connections"]);

  // Accepting is not Terraform's business: it must not want to undo it.
  for (const { ConnectionArn } of server.connections.all()) server.connections.accept(ConnectionArn);
  await planClean();

  write({ project: "two" }, ["docs/**", "*.md"]);
  expect(await terraform("apply", "-auto-approve")).toContain("0 added, 3 changed, 0 destroyed");
  expect(await planClean()).toContain("No changes");
  const triggers = () => server.codepipeline.get("delivery").declaration.triggers ?? [];
  expect(triggers()).toEqual([
    {
      providerType: "CodeStarSourceConnection",
      gitConfiguration: {
        sourceActionName: "Source1",
        push: [{ branches: { includes: ["main"] }, filePaths: { excludes: ["docs/**", "*.md"] } }],
      },
    },
  ]);

  write({ project: "two" });
  expect(await terraform("apply", "-auto-approve")).toContain("0 added, 1 changed, 0 destroyed");
  expect(await planClean()).toContain("No changes");
  expect(triggers()).toEqual([]);
  for (const { ConnectionArn } of server.connections.all()) {
    expect(server.connections.tags(ConnectionArn)).toEqual([{ Key: "project", Value: "two" }]);
  }

  expect(await terraform("destroy", "-auto-approve")).toContain("3 destroyed");
  expect(server.connections.all()).toEqual([]);
});
