import { commands, phases, useBuildFixture, type Job } from "./build-fixture";

const fixture = useBuildFixture();

describe("a failing build", () => {
  it("ends after post_build and the upload if a command of build fails", async () => {
    const finished = await fixture.build(
      `version: 0.2
phases:
  build:
    commands: [echo kept > file, exit 3, echo unreached]
    finally: ['echo "finally $CODEBUILD_BUILD_SUCCEEDING"']
  post_build:
    commands: ['echo "post $CODEBUILD_BUILD_SUCCEEDING"']
artifacts: { files: [file] }
`,
      { outputs: ["Built"] },
    );
    expect(finished).toMatchObject({
      status: "FAILED",
      message:
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, " +
        "Message: Error while executing command: exit 3. Reason: exit status 3",
    });
    expect(phases(finished)).toMatchObject({
      BUILD: "FAILED",
      POST_BUILD: "SUCCEEDED",
      UPLOAD_ARTIFACTS: "SUCCEEDED",
    });
    expect(finished.log).toContain("\nfinally 0\n");
    expect(finished.log).toContain("\npost 0\n");
    expect(finished.log).not.toContain("\nunreached\n");
    expect(finished.log).toContain("Command did not exit successfully exit 3 exit status 3\n");
    expect(await fixture.account.getZip(`pipeline/${finished.project}/Built`)).toEqual({ file: "kept\n" });
  });

  it.each([
    ["install", "", ["INSTALL"], "FAILED"],
    ["pre_build", "", ["INSTALL", "PRE_BUILD"], "FAILED"],
    ["pre_build", "CONTINUE", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"], "FAILED"],
    ["build", "ABORT", ["INSTALL", "PRE_BUILD", "BUILD"], "FAILED"],
    ["post_build", "", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"], "FAILED"],
  ])(
    "ends after the right phase if %s fails with on-failure %s",
    async (phase, onFailure, expected, status) => {
      const handling = onFailure ? `    on-failure: ${onFailure}\n` : "";
      const finished = await fixture.build(
        `version: 0.2\nphases:\n  ${phase}:\n${handling}    commands: ["false"]\n`,
      );
      expect(finished.status).toBe(status);
      const ran = finished.build.phases!.map(({ phaseType }) => phaseType!).slice(4, -2);
      expect(ran).toEqual(expected);
    },
  );

  it.each<[string, string, Job, string]>([
    [
      "no buildspec",
      "",
      { project: { source: { type: "CODEPIPELINE", buildspec: "ci/none.yml" } } },
      "Phase: DOWNLOAD_SOURCE, Code: YAML_FILE_ERROR, Message: stat .*src/ci/none.yml: no such file or directory",
    ],
    [
      "a buildspec outside",
      "",
      { project: { source: { type: "CODEPIPELINE", buildspec: "../log" } } },
      "YAML_FILE_ERROR.*outside the source",
    ],
    [
      "a broken buildspec",
      "version: 0.2\nphases:\n  biuld: {}\n",
      {},
      "Phase: DOWNLOAD_SOURCE, Code: YAML_FILE_ERROR, Message: phases.biuld: .*line 3",
    ],
    [
      "a missing parameter",
      `${commands("true")}env: { parameter-store: { A: /hw/none } }\n`,
      {},
      "Phase: DOWNLOAD_SOURCE, Code: Decrypted Variables Error, Message: parameter does not exist: /hw/none",
    ],
    [
      "a refused parameter",
      `${commands("true")}env: { parameter-store: { A: /other } }\n`,
      {},
      "Decrypted Variables Error, Message: AccessDenied.*ssm:GetParameters",
    ],
    [
      "a missing secret",
      `${commands("true")}env: { secrets-manager: { A: none } }\n`,
      {},
      "Phase: DOWNLOAD_SOURCE, Code: Secrets Manager Error, Message: ResourceNotFoundException",
    ],
    [
      "a missing key",
      `${commands("true")}env: { secrets-manager: { A: "PIPELINE_GITHUB:other" } }\n`,
      {},
      "Secrets Manager Error, Message: the secret PIPELINE_GITHUB has no key other",
    ],
    [
      "no files",
      `${commands("true")}artifacts: { files: ["none/**/*"] }\n`,
      { outputs: ["Built"] },
      "Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR, Message: no matching artifact paths found",
    ],
    [
      "no artifacts",
      commands("true"),
      { outputs: ["Built"] },
      "Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR, Message: no definition for the artifact Built",
    ],
    [
      "no base directory",
      `${commands("true")}artifacts: { files: ["*"], base-directory: none }\n`,
      { outputs: ["Built"] },
      "no matching base directory path found",
    ],
  ])("has a message for %s", async (_, buildspec, job, message) => {
    const finished = await fixture.build(buildspec, job);
    expect(finished.status).toBe("FAILED");
    expect(finished.message).toMatch(new RegExp(message, "s"));
  });

  it("is impossible with a role that CodeBuild cannot assume: the project is rejected", async () => {
    const foreign = await fixture.account.createRole("foreign", [], "lambda.amazonaws.com");
    await expect(fixture.createProject({ serviceRole: foreign })).rejects.toMatchObject({
      name: "InvalidInputException",
      message: expect.stringContaining(
        `CodeBuild is not authorized to perform: sts:AssumeRole on ${foreign}`,
      ) as string,
    });
    const arn = `arn:aws:iam::${fixture.account.aws.account}:role/none`;
    await expect(fixture.createProject({ serviceRole: arn })).rejects.toMatchObject({
      name: "InvalidInputException",
    });
  });

  it("fails before its first phase if its role is not allowed to write the log, as in AWS", async () => {
    const finished = await fixture.build(commands("true"), { project: { serviceRole: fixture.logless } });
    expect(finished.status).toBe("FAILED");
    expect(finished.message).toMatch(
      /Phase: SUBMITTED, Code: ACCESS_DENIED, .*does not allow AWS CodeBuild to create/,
    );
    expect(phases(finished)).not.toHaveProperty("BUILD");
    const logsConfig = { cloudWatchLogs: { status: "DISABLED" } } as const;
    const silent = await fixture.build(commands("true"), {
      project: { serviceRole: fixture.logless, logsConfig },
    });
    expect(silent.status).toBe("SUCCEEDED");
  });

  it("names the source that its role is not allowed to read", async () => {
    const project = await fixture.createProject();
    await fixture.account.putZip("elsewhere", { "buildspec.yml": commands("true") });
    const request = {
      initiator: "i",
      sourceVersion: "v",
      resolvedSourceVersion: "c",
      primary: "Source",
      environment: [],
    };
    const elsewhere = { name: "Source", bucket: fixture.account.bucket, key: "elsewhere" };
    const run = await fixture.codebuild.start({
      ...request,
      projectName: project,
      inputs: [elsewhere],
      outputs: [],
    });
    expect((await run.finished).message).toMatch(
      /Phase: DOWNLOAD_SOURCE, Code: CLIENT_ERROR, Message: AccessDenied.*elsewhere/,
    );
  });
});
