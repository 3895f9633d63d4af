import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { clientConfig } from "../../../src/aws/client-config";
import { CodeBuild } from "../../../src/aws/codebuild/codebuild";
import { eventually } from "../../support/eventually";
import { commands, useBuildFixture } from "./build-fixture";
import { isAlive } from "./process-table";

const fixture = useBuildFixture();

describe("CodeBuild", () => {
  it("links TMPDIR in a folder with a long path, for as long as the build runs", async () => {
    const folder = join(fixture.account.aws.folder, "long".repeat(25));
    fixture.codebuild = new CodeBuild({ ...fixture.account.aws, folder }, { buildChanged: () => {} });
    const { status, exportedVariables } = await fixture.build(
      `env: { exported-variables: [LINK] }\n${commands('test -L "$TMPDIR" && touch "$TMPDIR/a"', 'export LINK="$TMPDIR"')}`,
    );
    expect(status).toBe("SUCCEEDED");
    expect(exportedVariables.LINK).toMatch(/\/build-\w+\/tmp$/);
    expect(existsSync(dirname(exportedVariables.LINK!))).toBe(false);
  });

  it("builds an artifact from a source", async () => {
    const finished = await fixture.build(
      `version: 0.2
env:
  variables: { FROM: buildspec, OVER: buildspec, TOP: buildspec }
  parameter-store: { PARAMETER: /hw/plain, SECURE: /hw/secret }
  secrets-manager: { TOKEN: "PIPELINE_GITHUB:githubAccessToken" }
  exported-variables: [DIGEST, TOKEN, ABSENT]
phases:
  install:
    commands: [mkdir -p out/deep, cd out]
  pre_build:
    commands: ["export DIGEST=abc=1"]
  build:
    commands:
      - echo "$FROM $OVER $TOP $PARAMETER $SECURE $TOKEN" | tee values
      - echo deep > deep/file; touch deep/file.map; echo "$CODEBUILD_INITIATOR $CODEBUILD_RESOLVED_SOURCE_VERSION"
  post_build:
    commands: ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING in $PWD"']
artifacts:
  files: ["**/*"]
  base-directory: out
  exclude-paths: ["**/*.map"]
`,
      {
        outputs: ["Built"],
        environment: [{ name: "TOP", value: "action" }],
        project: {
          environment: {
            type: "LINUX_CONTAINER",
            image: "i",
            computeType: "BUILD_GENERAL1_SMALL",
            environmentVariables: [
              { name: "OVER", value: "project" },
              { name: "TOP", value: "project" },
            ],
          },
        },
      },
    );
    expect(finished).toMatchObject({
      status: "SUCCEEDED",
      message: undefined,
      exportedVariables: { DIGEST: "abc=1" },
    });
    expect(Object.keys(finished.exportedVariables)).toEqual(["DIGEST"]);
    const values = "buildspec project action a-parameter hidden-parameter hidden-token\n";
    expect(await fixture.account.getZip(`pipeline/${finished.project}/Built`)).toEqual({
      values,
      "deep/file": "deep\n",
    });
    expect(finished.log).toContain("buildspec project action a-parameter *** ***\n");
    expect(finished.log).not.toMatch(/hidden-/);
    expect(finished.log).toContain("codepipeline/hw 0123abc\n");
    expect(finished.log).toMatch(/succeeding 1 in .*\/src\/out\n/);
    expect(finished.log).toMatch(/\[Container\] .* Running command mkdir -p out\/deep\n/);
    expect(finished.build.phases!.map(({ phaseType }) => phaseType)).toEqual(
      "SUBMITTED QUEUED PROVISIONING DOWNLOAD_SOURCE INSTALL PRE_BUILD BUILD POST_BUILD UPLOAD_ARTIFACTS FINALIZING COMPLETED".split(
        " ",
      ),
    );
    expect(fixture.changes.at(-1)).toMatchObject({
      buildStatus: "SUCCEEDED",
      buildComplete: true,
      currentPhase: "COMPLETED",
    });
    expect(fixture.changes[0]).toMatchObject({ buildStatus: "IN_PROGRESS", currentPhase: "SUBMITTED" });
    expect(fixture.codebuild.build(finished.build.id!)).toEqual(finished.build);

    expect(finished.build.logs!.groupName).toBe(`/aws/codebuild/${finished.project}`);
    const messages = (await fixture.delivered(finished)).join("\n");
    expect(messages).toContain("buildspec project action a-parameter *** ***");
    expect(messages).not.toMatch(/hidden-/);
  });

  it("resolves a project's parameters and secrets, which variables of the action override", async () => {
    const secrets = new SecretsManagerClient(clientConfig(fixture.account.aws));
    const password = (value: string) => JSON.stringify({ password: value });
    await secrets.send(new CreateSecretCommand({ Name: "ROTATED", SecretString: password("hidden-old") }));
    await secrets.send(
      new PutSecretValueCommand({ SecretId: "ROTATED", SecretString: password("hidden-new") }),
    );
    secrets.destroy();
    const stored = (name: string, value: string) => ({ name, value, type: "PARAMETER_STORE" }) as const;
    const secret = (name: string, value: string) => ({ name, value, type: "SECRETS_MANAGER" }) as const;
    const environmentVariables = [
      stored("PARAMETER", "/hw/plain"),
      stored("SECURE", "/hw/secret"),
      secret("WHOLE", "ROTATED"),
      secret("CURRENT", "ROTATED:password:AWSCURRENT"),
      secret("PREVIOUS", "ROTATED:password:AWSPREVIOUS"),
      secret("TO_PLAIN", "ROTATED"),
      { name: "TO_STORED", value: "/hw/plain" },
    ];
    const print =
      'printf "%s\\n" "$PARAMETER" "$SECURE" "$WHOLE" "$CURRENT" "$PREVIOUS" "$TO_PLAIN" "$TO_STORED"';
    const finished = await fixture.build(
      `${commands(`${print} | tee values`)}artifacts: { files: [values] }\n`,
      {
        outputs: ["Built"],
        environment: [{ name: "TO_PLAIN", value: "ROTATED" }, stored("TO_STORED", "/hw/plain")],
        project: {
          environment: {
            type: "LINUX_CONTAINER",
            image: "i",
            computeType: "BUILD_GENERAL1_SMALL",
            environmentVariables,
          },
        },
      },
    );
    expect(finished).toMatchObject({ status: "SUCCEEDED", message: undefined });
    const { values } = await fixture.account.getZip(`pipeline/${finished.project}/Built`);
    expect(values!.trimEnd().split("\n")).toEqual([
      "a-parameter",
      "hidden-parameter",
      password("hidden-new"),
      "hidden-new",
      "hidden-old",
      "ROTATED",
      "a-parameter",
    ]);
    expect(finished.log).toContain("\na-parameter\n***\n***\n***\n***\nROTATED\na-parameter\n");
    expect(finished.log).not.toMatch(/hidden-/);
  });

  it("runs a build with its role and its own home folder, and terminates all of its processes", async () => {
    const finished = await fixture.build(
      commands(
        "env | sort > env.txt",
        "sleep 1000 & echo $! > pid",
        "id=$(cat pid)",
        "git rev-parse 2>&1 | head -1; true",
      ) + "artifacts:\n  files: [env.txt, pid]\n",
      { outputs: ["Built"] },
    );
    expect(finished.status).toBe("SUCCEEDED");
    const files = await fixture.account.getZip(`pipeline/${finished.project}/Built`);
    const environment = new Map(files["env.txt"]!.split("\n").map((line) => [line.split("=")[0]!, line]));
    expect(environment.get("AWS_ENDPOINT_URL")).toBe(`AWS_ENDPOINT_URL=${fixture.account.aws.endpoint}`);
    expect(environment.get("AWS_SESSION_TOKEN")).toBeDefined();
    expect(environment.get("AWS_ACCESS_KEY_ID")).not.toContain(fixture.account.aws.root.accessKeyId);
    expect(environment.get("HOME")).toMatch(/builds\/project-\d+-1\/home$/);
    expect(environment.has("GITHUB_TOKEN")).toBe(false);
    expect(finished.log).toContain("not a git repository");
    await eventually("the process has terminated", () => !isAlive(Number(files["pid"])));
  });

  it("runs bash as sh in an image of Amazon Linux", async () => {
    const commands =
      "version: 0.2\nphases:\n  build:\n    commands:\n      - set -o pipefail\n      - 'false | true'\n";
    const image = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
    const environment = { type: "LINUX_CONTAINER", image, computeType: "BUILD_GENERAL1_SMALL" } as const;
    const { log, message } = await fixture.build(commands, { project: { environment } });
    expect(log).toContain("Running command false | true");
    expect(message).toContain("Error while executing command: false | true. Reason: exit status 1");
  });

  it("supports secondary sources and secondary artifacts", async () => {
    const project = await fixture.createProject({
      source: {
        type: "CODEPIPELINE",
        buildspec: `${commands('cp "$CODEBUILD_SRC_DIR_Other/data" copied', "echo plan > plan")}artifacts:
  secondary-artifacts:
    Copy: { files: [copied] }
    Plan: { files: [plan] }
`,
      },
    });
    await fixture.account.putZip(`pipeline/${project}/Source`, { a: "1" });
    await fixture.account.putZip(`pipeline/${project}/Other`, { data: "other" });
    const run = await fixture.codebuild.start({
      projectName: project,
      initiator: "i",
      sourceVersion: "v",
      resolvedSourceVersion: "c",
      inputs: [fixture.location(project, "Other"), fixture.location(project, "Source")],
      primary: "Source",
      outputs: [fixture.location(project, "Copy"), fixture.location(project, "Plan")],
      environment: [],
    });
    expect(await run.finished).toMatchObject({ status: "SUCCEEDED" });
    expect(await fixture.account.getZip(`pipeline/${project}/Copy`)).toEqual({ copied: "other" });
    expect(await fixture.account.getZip(`pipeline/${project}/Plan`)).toEqual({ plan: "plan\n" });
  });

  it("delivers the output to CloudWatch Logs while the build runs", async () => {
    const gate = join(fixture.account.aws.folder, "log-was-read");
    const run = await fixture.start(
      commands("echo the first words", `while ! test -e ${gate}; do sleep 0.02; done`),
    );
    const now = () => fixture.codebuild.build(run.id)!;
    // From then on, the log stream exists.
    await eventually("the build is in its phase BUILD", () => now().currentPhase === "BUILD");
    const isDelivered = async () => (await fixture.delivered({ build: now() })).includes("the first words");
    await eventually("the log is delivered", isDelivered);
    expect(now()).toMatchObject({ buildStatus: "IN_PROGRESS", currentPhase: "BUILD" });
    writeFileSync(gate, "");
    expect(await run.finished).toMatchObject({ status: "SUCCEEDED" });
  });

  it("delivers part of a huge log, and its end", async () => {
    const finished = await fixture.build(
      commands("head -c 15000000 /dev/zero | tr '\\0' x | fold -w 1000", "exit 7"),
    );
    expect(finished.log.length).toBeGreaterThan(15_000_000);
    const messages = await fixture.delivered(finished);
    const bytes = messages.reduce((total, message) => total + message.length, 0);
    expect(bytes).toBeGreaterThan(9_000_000);
    expect(bytes).toBeLessThan(11_000_000);
    expect(messages.some((message) => message.includes("the rest is only in the build's log file"))).toBe(
      true,
    );
    expect(messages.some((message) => message.includes("exit 7. Reason: exit status 7"))).toBe(true);
  });

  it("keeps only the log of a succeeded build, and the whole folder of a failed one", async () => {
    const finished = await fixture.build(commands("echo x > file"));
    await fixture.codebuild.stopAll();
    const folder = dirname(fixture.codebuild.logFile(finished.build.id!));
    expect(readdirSync(folder).filter((name) => name !== "sources")).toEqual(["log"]);
    const failed = await fixture.build(commands("echo x > file; false"));
    await fixture.codebuild.stopAll();
    expect(existsSync(join(dirname(fixture.codebuild.logFile(failed.build.id!)), "src/file"))).toBe(true);
  });
});
