import { Testing } from "cdktf";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { asEnvironment, settingNames } from "../../settings";
import { bootstrapLevel } from "../../stacks/bootstrap-level";
import type { Statement } from "../../stacks/constructs/policy";
import { PipelineStack } from "../../stacks/pipeline-stack";
import { buildActions, stages } from "../../stacks/pipeline/stages";
import { bucketReference, isPrivateBucket } from "../support/private-bucket";
import { settingsWith } from "../support/settings";
import {
  list,
  pinned,
  pipelineStack,
  resourcesOf,
  permissionsByRole,
  serviceStack,
  statements,
  synthesized,
  type Synthesized,
} from "../support/synth";

interface StageJson {
  name: string;
  action: {
    name: string;
    run_order: number;
    category: string;
    timeout_in_minutes?: number;
    provider: string;
    version: string;
    configuration: Record<string, string>;
  }[];
  before_entry?: { condition: { result: string; rule: { configuration: Record<string, string> }[] } };
}

const stack = synthesized(pipelineStack());
const [pipeline] = resourcesOf(stack, "aws_codepipeline");
const stagesOf = (from: Synthesized) => resourcesOf(from, "aws_codepipeline")[0]?.stage as StageJson[];
const stageList = stagesOf(stack);
const develop = { hw_stack_name: "hw_develop", pipeline_environment: "dev" };
const release = { hw_stack_name: "hw_release_1_0_1a2b3c4d", pipeline_environment: "stage" };
const steps = [
  "UnitTest",
  "CheckBuild",
  "DeployOnDev",
  "IntegrationTest",
  "PlanOnProd",
  "DeployOnProd",
  "VerifyProd",
  "SelfUpdate",
];

/** The projects: those of the steps, and those of scheduled builds. */
const projectNames = [...steps, "CheckDrift"];

/** The reference to an attribute of the stack's resource that has this type and name. */
function reference(type: string, name: string, attribute: string): string {
  const [id] =
    Object.entries(stack.resource[type] ?? {}).find(([, resource]) => resource.name === name) ?? [];
  return `\${${type}.${id}.${attribute}}`;
}

/** The steps that neither change nor judge what is deployed. */
const unprivileged = ["UnitTest", "IntegrationTest"];
const stepOf = ({ name }: Record<string, unknown>) => String(name).split("-").at(-1)!;

const programs = (stack: string) =>
  `s3://${settingsWith().pipeline_state_bucket_name}/${stack}/programs/${pinned.programs}.zip`;

/** The stack that each step deploys. */
const deployed: Readonly<Record<string, string>> = {
  DeployOnDev: "service-dev",
  DeployOnProd: "service-prod",
  SelfUpdate: "pipeline",
};

/** The variables of a step's build: all settings that are set, and the bootstrap level, are read from SSM. */
function variables(step: string, changes: Record<string, string> = {}, stored = settingNames) {
  const settings = settingsWith(changes);
  return [
    // Tools send no usage data, do not look for newer versions, and are not interactive.
    { name: "CHECKPOINT_DISABLE", value: "1" },
    { name: "DISABLE_VERSION_CHECK", value: "true" },
    { name: "CI", value: "true" },
    ...(unprivileged.includes(step) ? [] : [{ name: "PROGRAMS", value: programs(settings.hw_stack_name) }]),
    ...(deployed[step] ? [{ name: "STACK", value: deployed[step] }] : []),
    ...[...stored.filter((name) => asEnvironment(settings)[name] !== ""), "pipeline_bootstrap_level"].map(
      (name) => ({
        name,
        type: "PARAMETER_STORE",
        value: `/${settings.hw_stack_name}/${name}`,
      }),
    ),
  ];
}

describe("the pipeline", () => {
  it("has the stages in order, with their actions one after the other", () => {
    expect(pipeline).toMatchObject({ name: "hw-pipeline", pipeline_type: "V2" });
    expect(
      stageList.map(({ name, action }) => [name, ...action.map((one) => `${one.run_order} ${one.name}`)]),
    ).toEqual([
      ["Source1", "1 Source1"],
      ["UnitTest", "1 UnitTest", "2 CheckBuild"],
      ["ConfirmPermissions", "1 ConfirmPermissions"],
      ["IntegrationTest", "1 DeployOnDev", "2 IntegrationTest"],
      ["PlanOnProd", "1 PlanOnProd"],
      ["ManualApproval", "1 ManualApproval"],
      ["DeployOnProd", "1 DeployOnProd"],
      ["ReleaseApi", "1 ReleaseApi"],
      ["ReleaseRecordObject", "1 ReleaseRecordObject"],
      ["VerifyProd", "1 VerifyProd"],
      ["SelfUpdate", "1 SelfUpdate"],
    ]);
  });

  it("has no manual approval if the setting says so", () => {
    const without = synthesized(pipelineStack({ pipeline_manual_approval: "false" }));
    const list = resourcesOf(without, "aws_codepipeline")[0]?.stage as StageJson[];
    expect(list.map(({ name }) => name)).toEqual([
      "Source1",
      "UnitTest",
      "ConfirmPermissions",
      "IntegrationTest",
      "DeployOnProd",
      "ReleaseApi",
      "ReleaseRecordObject",
      "VerifyProd",
      "SelfUpdate",
    ]);
    // The plan is kept, and DeployOnProd applies it.
    expect(list[4]?.action.map(({ name }) => name)).toEqual(["PlanOnProd", "DeployOnProd"]);
  });

  it.each([
    [{}, 10080, 30],
    [{ pipeline_approval_timeout: "86400" }, 86400, 122],
  ])(
    "fails each approval after the minutes of the setting, and keeps artifacts longer: %j",
    (changes, minutes, days) => {
      const all = synthesized(pipelineStack(changes));
      const list = resourcesOf(all, "aws_codepipeline")[0]?.stage as StageJson[];
      const approvals = list
        .flatMap(({ action }) => action)
        .filter(({ category }) => category === "Approval");
      expect(approvals.map(({ name, timeout_in_minutes }) => [name, timeout_in_minutes])).toEqual([
        ["ConfirmPermissions", minutes],
        ["ManualApproval", minutes],
      ]);
      expect(resourcesOf(all, "aws_s3_bucket_lifecycle_configuration")).toMatchObject([
        { rule: [{ expiration: [{ days }] }] },
      ]);
    },
  );

  it.each(["true", "false"])(
    "deploys production only within the window of the setting (approval %s)",
    (pipeline_manual_approval) => {
      const pipeline_deployment_window = "* * 9-16 ? * MON-FRI Europe/Berlin";
      const list = stagesOf(
        synthesized(pipelineStack({ pipeline_manual_approval, pipeline_deployment_window })),
      );
      const windows = list.flatMap(({ name, before_entry }) =>
        JSON.stringify(before_entry ?? {}).includes("DeploymentWindow") ? [[name, before_entry]] : [],
      );
      expect(windows).toEqual([
        [
          "DeployOnProd",
          {
            condition: {
              result: "FAIL",
              rule: [
                {
                  name: "deployment-window",
                  rule_type_id: {
                    category: "Rule",
                    owner: "AWS",
                    provider: "DeploymentWindow",
                    version: "1",
                  },
                  configuration: { Cron: "* * 9-16 ? * MON-FRI", TimeZone: "Europe/Berlin" },
                },
              ],
            },
          },
        ],
      ]);
      expect(JSON.stringify(stageList)).not.toContain("DeploymentWindow");
    },
  );

  it("updates itself before it deploys anything if the setting says so", () => {
    const first = synthesized(pipelineStack({ pipeline_self_update: "after-unit-test" }));
    const list = resourcesOf(first, "aws_codepipeline")[0]?.stage as StageJson[];
    expect(list.map(({ name }) => name)).toEqual([
      "Source1",
      "UnitTest",
      "ConfirmPermissions",
      "ConfirmPipeline",
      "SelfUpdate",
      "IntegrationTest",
      "PlanOnProd",
      "ManualApproval",
      "DeployOnProd",
      "ReleaseApi",
      "ReleaseRecordObject",
      "VerifyProd",
    ]);
    for (const stage of [list[3], list[4]])
      expect(stage?.before_entry?.condition).toMatchObject({ result: "SKIP" });
  });

  it("shifts production's traffic as the setting says, and watches the alarms on the new version", () => {
    const linear = synthesized(pipelineStack({ pipeline_rollout: "Linear10PercentEvery1Minute" }));
    const alarms = resourcesOf(synthesized(serviceStack("prod")), "aws_cloudwatch_metric_alarm");
    const names = alarms
      .filter(({ dimensions }) => "ExecutedVersion" in (dimensions as object))
      .map(({ alarm_name }) => String(alarm_name));
    const watched = (configuration: Record<string, string> | undefined) =>
      (configuration?.Alarms ?? "").split(",");
    const releases = (resourcesOf(linear, "aws_codepipeline")[0]!.stage as StageJson[]).filter(({ name }) =>
      name.startsWith("Release"),
    );
    expect(releases).toMatchObject(
      [
        ["api", "API"],
        ["record-object", "RECORD_OBJECT"],
      ].map(([name, variables]) => ({
        action: [
          {
            category: "Deploy",
            provider: "Lambda",
            version: "1",
            configuration: {
              FunctionName: `hw-prod-${name}`,
              FunctionAlias: "live",
              PublishedTargetVersion: `#{DeployOnProd.${variables}_VERSION}`,
              DeployStrategy: "Linear10PercentEvery1Minute",
            },
          },
        ],
        before_entry: { condition: { result: "SKIP" } },
      })),
    );
    const all = releases.flatMap(({ action }) => watched(action[0]?.configuration));
    expect(all.sort()).toEqual(names.sort());
    const { pipeline_rollout } = settingsWith();
    expect(pipeline_rollout).toBe("Canary10Percent5Minutes");
  });

  it("has the branch from GitHub (version 1) as its source, and never polls", () => {
    expect(stageList[0]?.action[0]).toMatchObject({
      provider: "GitHub",
      version: "1",
      configuration: { Owner: "acme", Repo: "heavy-water", Branch: "main", PollForSourceChanges: "false" },
    });
  });

  it("skips SelfUpdate unless the digest of its definition differs from the deployed one", () => {
    expect(stageList.at(-1)?.before_entry?.condition).toMatchObject({
      result: "SKIP",
      rule: [
        {
          configuration: { Variable: "#{CheckBuild.PIPELINE_DIGEST}", Operator: "NE", Value: "d".repeat(64) },
        },
      ],
    });
    expect(stack.output.digest?.value).toBe("d".repeat(64));
  });

  it("asks a reviewer to approve added permissions, which the message lists, and skips that stage otherwise", () => {
    const stage = stageList.find(({ name }) => name === "ConfirmPermissions");
    expect(stage?.before_entry?.condition).toMatchObject({
      result: "SKIP",
      rule: [
        { configuration: { Variable: "#{CheckBuild.ADDED_PERMISSIONS}", Operator: "NE", Value: "none" } },
      ],
    });
    expect(stage?.action).toMatchObject([
      {
        category: "Approval",
        configuration: { CustomData: "Added permissions: #{CheckBuild.ADDED_PERMISSIONS}" },
      },
    ]);
  });

  it("is updated after everything that it uses, so that its digest changes last", () => {
    const addresses = Object.entries(stack.resource).flatMap(([type, all]) =>
      Object.keys(all).map((name) => `${type}.${name}`),
    );
    const later = /^aws_codepipeline\.|^aws_codepipeline_webhook\.|^github_repository_webhook\./;
    const depends = (pipeline as unknown as { depends_on: string[] }).depends_on;
    expect([...depends].sort()).toEqual(addresses.filter((address) => !later.test(address)).sort());
  });

  it("has its own role", () => {
    expect(pipeline?.role_arn).toBe(reference("aws_iam_role", "hw-pipeline", "arn"));
  });

  it("passes dev's URL and bucket from its deployment to its test", () => {
    const test = stageList.flatMap(({ action }) => action).find(({ name }) => name === "IntegrationTest");
    expect(JSON.parse(test?.configuration.EnvironmentVariables ?? "")).toEqual([
      { name: "API_URL", value: "#{DeployOnDev.API_URL}", type: "PLAINTEXT" },
      { name: "BUCKET", value: "#{DeployOnDev.BUCKET}", type: "PLAINTEXT" },
    ]);
  });
});

describe("the deployment to production", () => {
  const action = (name: string) => stageList.flatMap(({ action }) => action).find((one) => one.name === name);

  it("is approved with the commit, the plan summary, the change of the pipeline and the time of waiting in view", () => {
    expect(action("ManualApproval")?.configuration.CustomData).toMatch(
      /#\{CheckBuild\.SUBJECT\}.*#\{PlanOnProd\.PLAN\}.*#\{CheckBuild\.PIPELINE_CHANGE\}.*#\{PlanOnProd\.WAITING_SINCE\}/,
    );
  });

  it("is approved only if PlanOnProd has a reason to ask, which the message has", () => {
    const stage = stageList.find(({ name }) => name === "ManualApproval");
    expect(stage?.before_entry?.condition).toMatchObject({
      result: "SKIP",
      rule: [
        { configuration: { Variable: "#{PlanOnProd.APPROVAL_REASONS}", Operator: "NE", Value: "none" } },
      ],
    });
    expect(action("ManualApproval")?.configuration.CustomData).toContain("#{PlanOnProd.APPROVAL_REASONS}");
    // The text of the change has the commit's own words, which CodePipeline does not escape in this JSON.
    expect(JSON.parse(action("PlanOnProd")?.configuration.EnvironmentVariables ?? "")).toEqual([
      { name: "BUILD_DIGEST", value: "#{CheckBuild.BUILD_DIGEST}", type: "PLAINTEXT" },
      { name: "PIPELINE_CHANGED", value: "#{CheckBuild.PIPELINE_CHANGED}", type: "PLAINTEXT" },
    ]);
  });

  it("is approved with a link to what the commit changes on GitHub", () => {
    expect(action("ManualApproval")?.configuration.ExternalEntityLink).toBe(
      "https://github.com/acme/heavy-water/#{PlanOnProd.COMPARISON}#{Source1.CommitId}",
    );
    expect(action("ConfirmPermissions")?.configuration.ExternalEntityLink).toBe(
      "https://github.com/acme/heavy-water/commit/#{Source1.CommitId}",
    );
  });

  it("notifies the approval topic of each approval", () => {
    const topics = (from: readonly StageJson[]) =>
      from
        .flatMap(({ action }) => action)
        .filter(({ category }) => category === "Approval")
        .map(({ name, configuration }) => [name, configuration.NotificationArn]);
    const topic = expect.stringMatching(/:sns:.*:hw-approvals$/) as string;
    expect(topics(stagesOf(synthesized(pipelineStack({ pipeline_self_update: "after-unit-test" }))))).toEqual(
      [
        ["ConfirmPermissions", topic],
        ["ConfirmPipeline", topic],
        ["ManualApproval", topic],
      ],
    );
    expect(permissionsByRole(stack)["hw-pipeline"]).toEqual(
      expect.arrayContaining([
        { Effect: "Allow", Action: "sns:Publish", Resource: topic },
        {
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
          Resource: expect.stringMatching(/:key\/\*$/) as string,
          Condition: {
            StringLike: { "kms:ViaService": expect.stringMatching(/^sns\./) as string },
            StringEquals: { "kms:EncryptionContext:aws:sns:topicArn": topic },
          },
        },
      ]),
    );
  });

  it("notifies nothing until bootstrap has created the approval topic", () => {
    const before = synthesized(pipelineStack({}, "d".repeat(64), 2));
    expect(JSON.stringify(before)).not.toContain("hw-approvals");
    expect(before.output.bootstrap_level).toMatchObject({ value: 2 });
    expect(stack.output.bootstrap_level).toMatchObject({ value: bootstrapLevel });
  });

  it("uses the artifact of UnitTest and the approved plan", () => {
    expect(action("DeployOnProd")).toMatchObject({
      input_artifacts: ["Build", "Plan"],
      configuration: { PrimarySource: "Build" },
    });
    expect(JSON.parse(action("DeployOnProd")?.configuration.EnvironmentVariables ?? "")).toEqual([
      { name: "BUILD_DIGEST", value: "#{CheckBuild.BUILD_DIGEST}", type: "PLAINTEXT" },
      { name: "PLAN_DIGEST", value: "#{PlanOnProd.PLAN_DIGEST}", type: "PLAINTEXT" },
      { name: "APPROVAL_REASONS", value: "#{PlanOnProd.APPROVAL_REASONS}", type: "PLAINTEXT" },
      { name: "COMMIT", value: "#{CheckBuild.COMMIT}", type: "PLAINTEXT" },
      { name: "PROVENANCE", value: "#{CheckBuild.PROVENANCE}", type: "PLAINTEXT" },
    ]);
  });

  it("names a primary source, which other actions with one artifact do not", () => {
    for (const name of steps.filter((one) => !["CheckBuild", "PlanOnProd", "DeployOnProd"].includes(one)))
      expect(action(name)?.configuration).not.toHaveProperty("PrimarySource");
  });
});

describe("the commit statuses", () => {
  const [handler] = resourcesOf(stack, "aws_lambda_function");

  it("are set by one of the pinned programs, which is part of the definition", () => {
    expect(handler).toMatchObject({
      s3_bucket: settingsWith().pipeline_state_bucket_name,
      s3_key: `hw/programs/${pinned.programs}.zip`,
      handler: "dist/tasks/stage-status.handler",
      environment: {
        variables: {
          REPOSITORY: "acme/heavy-water",
          QUICK_STAGES: "Source1,ConfirmPermissions,ManualApproval",
        },
      },
    });
  });

  it("are set with the permissions to read the commit and the token, and to log", () => {
    expect(
      permissionsByRole(stack)["hw-pipeline-commit-statuses"]?.map(({ Action, Resource }) => [
        Action,
        list(Resource).map((arn) => arn.split(":").slice(5).join(":")),
      ]),
    ).toEqual([
      ["codepipeline:GetPipelineExecution", ["hw-pipeline"]],
      ["secretsmanager:GetSecretValue", ["secret:PIPELINE_GITHUB-??????"]],
      [
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        ["log-group:/aws/lambda/hw-pipeline-commit-statuses:*"],
      ],
    ]);
  });

  it("are set once, because a retry would set one that is no longer true", () => {
    expect(resourcesOf(stack, "aws_lambda_function_event_invoke_config")).toMatchObject([
      { function_name: expect.stringContaining("commit-statuses") as string, maximum_retry_attempts: 0 },
    ]);
  });

  it("are compared with what was deployed", () => {
    const reads = permissionsByRole(stack)["hw-pipeline-CheckDrift"]!.flatMap(({ Action, Resource }) =>
      list(Resource).some((arn) => /hw-pipeline-commit-statuses$/.test(arn)) ? list(Action) : [],
    );
    expect(reads.filter((action) => !/:(Get|List|Describe)/.test(action))).toEqual([]);
    expect(reads).toEqual(
      expect.arrayContaining(["lambda:GetFunction", "events:DescribeRule", "logs:ListTagsForResource"]),
    );
  });

  it("cause one alarm a day while they cannot be set", () => {
    const alarms = resourcesOf(stack, "aws_cloudwatch_metric_alarm");
    expect(alarms.find(({ alarm_name }) => alarm_name === "hw-commit-statuses-failed")).toMatchObject({
      namespace: "AWS/Lambda",
      metric_name: "Errors",
      period: 86_400,
    });
  });

  it("do not exist without the setting, or before the deployed programs accept them", () => {
    for (const without of [
      pipelineStack({ pipeline_commit_status: "false" }),
      pipelineStack({}, "d".repeat(64), 2),
    ])
      expect(synthesized(without).resource).not.toHaveProperty("aws_lambda_function");
  });
});

describe("the webhook", () => {
  it("is signed, and accepts only the branch's full ref", () => {
    expect(resourcesOf(stack, "aws_codepipeline_webhook")).toMatchObject([
      {
        authentication: "GITHUB_HMAC",
        filter: [{ json_path: "$.ref", match_equals: "refs/heads/main" }],
        target_pipeline: expect.stringContaining("aws_codepipeline.") as string,
      },
    ]);
  });

  it("is registered with GitHub for pushes, with the same secret", () => {
    const [aws] = resourcesOf(stack, "aws_codepipeline_webhook");
    const [github] = resourcesOf(stack, "github_repository_webhook");
    const secret = (aws!.authentication_configuration as { secret_token: string }).secret_token;
    expect(github).toMatchObject({
      events: ["push"],
      configuration: { secret, content_type: "json", insecure_ssl: false },
    });
  });

  it("has its own secret, derived from the one that all pipelines share", () => {
    const tokens = [{}, develop, release].map((changes) => {
      const [webhook] = resourcesOf(synthesized(pipelineStack(changes)), "aws_codepipeline_webhook");
      return (webhook!.authentication_configuration as { secret_token: string }).secret_token;
    });
    expect(new Set(tokens).size).toBe(3);
    // Letters and digits only, whatever the shared one is.
    for (const token of tokens) expect(token).toMatch(/^\$\{sha256\(join\(":", \[jsondecode\(/);
    for (const name of ["hw-push", "hw_develop-push", "hw_release_1_0_1a2b3c4d-push"])
      expect(tokens.filter((token) => token.includes(`"${name}"`))).toHaveLength(1);
  });

  it("gets the token and the secret from Secrets Manager when Terraform runs, so that no plan prints them", () => {
    const [webhook] = resourcesOf(stack, "aws_codepipeline_webhook");
    for (const value of [
      stageList[0]?.action[0]?.configuration.OAuthToken,
      (webhook!.authentication_configuration as { secret_token: string }).secret_token,
    ]) {
      expect(value).toMatch(/jsondecode\(data\.aws_secretsmanager_secret_version\./);
    }
  });
});

describe("the artifact bucket", () => {
  const name = "acme-heavy-water-artifacts";
  const bucket = `${bucketReference(stack, name)}.id}`;

  isPrivateBucket(stack, name);

  it("stores the pipeline's artifacts", () => {
    expect(pipeline?.artifact_store).toEqual([{ type: "S3", location: bucket }]);
  });

  it("keeps artifacts for 30 days, longer than the seven days that each approval can take", () => {
    expect(resourcesOf(stack, "aws_s3_bucket_lifecycle_configuration")).toMatchObject([
      {
        bucket,
        rule: [
          {
            status: "Enabled",
            filter: [{ prefix: "" }],
            expiration: [{ days: 30 }],
            noncurrent_version_expiration: [{ noncurrent_days: 1 }],
            abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
          },
        ],
      },
    ]);
  });
});

describe.each(steps)("the step %s", (step) => {
  const [project] = resourcesOf(stack, "aws_codebuild_project").filter(({ name }) => name === `hw-${step}`);

  it("has a buildspec from the commit, or a pinned one if the step is privileged", () => {
    const { buildspec } = project!.source as { buildspec: string };
    if (unprivileged.includes(step)) expect(existsSync(join(__dirname, "../..", buildspec))).toBe(true);
    else expect(parse(buildspec)).toMatchObject({ version: 0.2, phases: {} });
  });

  it("has its own log group with a retention", () => {
    const [group] = resourcesOf(stack, "aws_cloudwatch_log_group").filter(
      ({ name }) => name === `/aws/codebuild/hw-${step}`,
    );
    expect(group?.retention_in_days).toBe(90);
    expect(project?.logs_config).toEqual({
      cloudwatch_logs: {
        group_name: reference("aws_cloudwatch_log_group", `/aws/codebuild/hw-${step}`, "name"),
      },
    });
  });

  it("has an alarm that notifies the topic of a single failed build, within a minute", () => {
    const [alarm] = resourcesOf(stack, "aws_cloudwatch_metric_alarm").filter(
      ({ alarm_name }) => alarm_name === `hw-${step}-failed`,
    );
    expect(alarm).toMatchObject({
      namespace: "AWS/CodeBuild",
      metric_name: "FailedBuilds",
      statistic: "Sum",
      period: 60,
      evaluation_periods: 1,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      treat_missing_data: "notBreaching",
      alarm_actions: [reference("aws_sns_topic", "hw-codebuild-failed-sns", "arn")],
    });
    // A second dimension would name a metric that CodeBuild does not publish.
    expect(alarm?.dimensions).toEqual({ ProjectName: `hw-${step}` });
  });

  it("has its own role with the boundary, which only its project can assume", () => {
    const [role] = resourcesOf(stack, "aws_iam_role").filter(({ name }) => name === `hw-pipeline-${step}`);
    expect(project?.service_role).toBe(reference("aws_iam_role", `hw-pipeline-${step}`, "arn"));
    expect(role?.permissions_boundary).toMatch(/:policy\/hw-boundary$/);
    expect(statements(role?.assume_role_policy)).toMatchObject([
      {
        Principal: { Service: "codebuild.amazonaws.com" },
        Condition: {
          StringEquals: { "aws:SourceAccount": expect.anything() as string },
          ArnEquals: { "aws:SourceArn": expect.stringMatching(new RegExp(`:project/hw-${step}$`)) as string },
        },
      },
    ]);
  });

  it("runs on the image of the setting, and reads the settings from SSM when a build starts", () => {
    expect(project?.environment).toMatchObject({
      image: settingsWith().pipeline_image,
      environment_variable: variables(step),
    });
  });
});

it("builds do not read the parameter of a setting that a commit adds until bootstrap has written it", () => {
  const settings = settingsWith();
  const stored = settingNames.filter((name) => name !== "pipeline_rollout");
  const before = new PipelineStack(Testing.app(), {
    settings,
    storedSettings: stored,
    bootstrapped: bootstrapLevel,
    pinned,
    digest: "",
  });
  for (const project of resourcesOf(synthesized(before), "aws_codebuild_project"))
    expect(project.environment).toMatchObject({
      environment_variable: variables(stepOf(project), {}, stored),
    });
});

it("every step has the image, the folder in SSM and the additional parameter that the settings give", () => {
  const changes = {
    hw_stack_name: "other",
    pipeline_image: "aws/codebuild/amazonlinux-x86_64-standard:6.0",
    pipeline_alarm_email: "ops@example.com",
  };
  const projects = resourcesOf(synthesized(pipelineStack(changes)), "aws_codebuild_project");
  expect(projects).toHaveLength(projectNames.length);
  for (const project of projects) {
    expect(project.environment).toMatchObject({
      image: "aws/codebuild/amazonlinux-x86_64-standard:6.0",
      environment_variable: variables(stepOf(project), changes),
    });
  }
  expect(variables("UnitTest", changes)).toContainEqual({
    name: "pipeline_alarm_email",
    type: "PARAMETER_STORE",
    value: "/other/pipeline_alarm_email",
  });
});

it("only projects that deploy a stack have its name as a tag, by which a lock in use is recognized", () => {
  const tags = resourcesOf(stack, "aws_codebuild_project").map(({ name, tags }) => [name, tags]);
  expect(Object.fromEntries(tags)).toEqual({
    "hw-UnitTest": undefined,
    "hw-CheckBuild": undefined,
    "hw-DeployOnDev": { deploys: "service-dev" },
    "hw-IntegrationTest": undefined,
    "hw-PlanOnProd": undefined,
    "hw-DeployOnProd": { deploys: "service-prod" },
    "hw-SelfUpdate": { deploys: "pipeline" },
    "hw-CheckDrift": undefined,
  });
});

it("every step and scheduled build has one project, alarm and role, and there are no others", () => {
  expect(
    buildActions(stages({ manualApproval: true, selfUpdateFirst: false })).map(({ name }) => name),
  ).toEqual(steps);
  expect(resourcesOf(stack, "aws_codebuild_project")).toHaveLength(projectNames.length);
  // Besides: alarms of two rules and of the commit statuses; roles of the pipeline, of these rules and of the statuses.
  expect(resourcesOf(stack, "aws_cloudwatch_metric_alarm")).toHaveLength(projectNames.length + 3);
  expect(resourcesOf(stack, "aws_iam_role")).toHaveLength(projectNames.length + 4);
});

it("a role that the settings name is used, and none are created for the steps", () => {
  const arn = "arn:aws:iam::123456789012:role/build";
  const brought = synthesized(pipelineStack({ codebuild_role_arn: arn }));
  expect(resourcesOf(brought, "aws_iam_role").map(({ name }) => name)).toEqual([
    "hw-pipeline-commit-statuses",
    "hw-pipeline-drift",
    "hw-pipeline-failed",
    "hw-pipeline",
  ]);
  for (const project of resourcesOf(brought, "aws_codebuild_project")) expect(project.service_role).toBe(arn);
});

describe("failures", () => {
  it("reach the topic, which is encrypted with its own key", () => {
    expect(resourcesOf(stack, "aws_sns_topic")).toMatchObject([
      {
        name: "hw-codebuild-failed-sns",
        kms_master_key_id: expect.stringMatching(/^\$\{aws_kms_key\./) as string,
      },
    ]);
    expect(resourcesOf(stack, "aws_kms_key")).toMatchObject([{ enable_key_rotation: true }]);
  });

  it("reach the topic if a whole execution fails, too", () => {
    const rule = resourcesOf(stack, "aws_cloudwatch_event_rule").find(
      ({ name }) => name === "hw-pipeline-failed",
    );
    expect(JSON.parse(String(rule?.event_pattern))).toEqual({
      source: ["aws.codepipeline"],
      "detail-type": ["CodePipeline Pipeline Execution State Change"],
      detail: { pipeline: ["hw-pipeline"], state: ["FAILED"] },
    });
    const targets = resourcesOf(stack, "aws_cloudwatch_event_target");
    expect(targets.filter(({ target_id: id }) => id === "topic")).toMatchObject([
      {
        arn: expect.stringMatching(/^\$\{aws_sns_topic\./) as string,
        role_arn: reference("aws_iam_role", "hw-pipeline-failed", "arn"),
      },
    ]);
  });

  it("reach the topic once for each execution, but not if the deployment window is closed", () => {
    const windowed = synthesized(pipelineStack({ pipeline_deployment_window: "* * 9 ? * * UTC" }));
    const rule = resourcesOf(windowed, "aws_cloudwatch_event_rule").find(
      ({ name }) => name === "hw-pipeline-failed",
    );
    expect(JSON.parse(String(rule?.event_pattern))).toEqual({
      source: ["aws.codepipeline"],
      "detail-type": [
        "CodePipeline Stage Execution State Change",
        "CodePipeline Action Execution State Change",
      ],
      detail: {
        pipeline: ["hw-pipeline"],
        state: ["FAILED"],
        $or: [
          { stage: [{ "anything-but": ["DeployOnProd"] }], action: [{ exists: false }] },
          { stage: ["DeployOnProd"], action: [{ exists: true }] },
        ],
      },
    });
  });

  it("are published, for whole executions, with a role that only that rule can assume and only for that topic", () => {
    const role = resourcesOf(stack, "aws_iam_role").find(({ name }) => name === "hw-pipeline-failed");
    expect(statements(role?.assume_role_policy)).toMatchObject([
      {
        Principal: { Service: "events.amazonaws.com" },
        Condition: {
          StringEquals: { "aws:SourceAccount": expect.any(String) as string },
          ArnEquals: { "aws:SourceArn": expect.stringMatching(/:rule\/hw-pipeline-failed$/) as string },
        },
      },
    ]);
    const topic = expect.stringMatching(/:hw-codebuild-failed-sns$/) as string;
    expect(permissionsByRole(stack)["hw-pipeline-failed"]).toMatchObject([
      { Action: "sns:Publish", Resource: topic },
      {
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Condition: {
          StringLike: { "kms:ViaService": expect.stringMatching(/^sns\..*\.amazonaws\.com\*$/) as string },
          StringEquals: { "kms:EncryptionContext:aws:sns:topicArn": topic },
        },
      },
    ]);
  });

  it("cause an alarm if EventBridge could not publish them", () => {
    const alarms = resourcesOf(stack, "aws_cloudwatch_metric_alarm");
    expect(alarms.find(({ metric_name }) => metric_name === "FailedInvocations")).toMatchObject({
      namespace: "AWS/Events",
      dimensions: { RuleName: expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\./) as string },
      alarm_actions: [reference("aws_sns_topic", "hw-codebuild-failed-sns", "arn")],
    });
  });

  it("can be published by this account's alarms only", () => {
    for (const [type, key] of [
      ["aws_sns_topic_policy", "policy"],
      ["aws_kms_key", "policy"],
    ] as const) {
      const services = statements(resourcesOf(stack, type)[0]?.[key]).filter(({ Principal }) =>
        JSON.stringify(Principal).includes("Service"),
      );
      expect(services).toMatchObject([
        {
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": expect.anything() as string } },
        },
      ]);
    }
  });

  it("are notified by e-mail if an address is set", () => {
    expect(resourcesOf(stack, "aws_sns_topic_subscription")).toHaveLength(0);
    const notified = synthesized(pipelineStack({ pipeline_alarm_email: "ops@example.com" }));
    expect(resourcesOf(notified, "aws_sns_topic_subscription")).toMatchObject([
      { protocol: "email", endpoint: "ops@example.com" },
    ]);
    const subscribes = ({ Action }: Statement) => list(Action).includes("sns:Subscribe");
    expect(permissionsByRole(notified)["hw-pipeline-SelfUpdate"]?.filter(subscribes)).toMatchObject([
      { Condition: { StringEquals: { "sns:Protocol": "email", "sns:Endpoint": "ops@example.com" } } },
    ]);
    expect(permissionsByRole(stack)["hw-pipeline-SelfUpdate"]?.filter(subscribes)).toEqual([]);
  });

  it("are subscribed to after SelfUpdate has the permissions to do so", () => {
    const notified = synthesized(pipelineStack({ pipeline_alarm_email: "ops@example.com" }));
    const permissions = Object.keys(notified.resource.aws_iam_role_policy ?? {}).find((id) =>
      id.startsWith("SelfUpdate-role"),
    );
    const needing = [
      "aws_sns_topic_subscription",
      "aws_cloudwatch_event_target",
      "aws_lambda_function",
    ].flatMap((type) => resourcesOf(notified, type));
    for (const { depends_on } of needing.filter(({ target_id }) => target_id !== "function"))
      expect(depends_on).toContain(`aws_iam_role_policy.${permissions}`);
  });
});

describe("the permissions", () => {
  const permissions = permissionsByRole(stack);

  it("of UnitTest, which runs all dependencies' code, are for its artifacts, its log and the settings only", () => {
    const actions = permissions["hw-pipeline-UnitTest"]?.flatMap(({ Action }) => list(Action));
    expect(new Set(actions)).toEqual(
      new Set([
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
        "ssm:GetParameters",
      ]),
    );
  });

  it("allow a step to read its inputs and write its output only: none can change what was tested or approved", () => {
    const artifacts = (step: string, action: string) =>
      permissions[`hw-pipeline-${step}`]
        ?.filter(({ Action }) => list(Action).includes(action))
        .flatMap(({ Resource }) => list(Resource))
        .flatMap((arn) => arn.split(":acme-heavy-water-artifacts/")[1] ?? []);
    for (const { name, inputs, output, deploys } of buildActions(
      stages({ manualApproval: true, selfUpdateFirst: false }),
    )) {
      expect([name, artifacts(name, "s3:GetObject")]).toEqual([name, inputs.map((input) => `*/${input}/*`)]);
      // The other objects are states of the step's own stack that could not be written.
      const written = [...(output ? [`*/${output}/*`] : []), ...(deploys ? [`errored/${deploys}/*`] : [])];
      expect([name, artifacts(name, "s3:PutObject")]).toEqual([name, written]);
    }
  });

  it("deny the pipeline the states that a build could not write", () => {
    expect(permissions["hw-pipeline"]?.filter(({ Effect }) => Effect === "Deny")).toEqual([
      expect.objectContaining({
        Action: "s3:*",
        Resource: expect.stringMatching(/:acme-heavy-water-artifacts\/errored\/\*\/\*$/) as string,
      }),
    ]);
  });

  it("of PlanOnProd are for reading, and for writing its artifact and its log", () => {
    const actions = permissions["hw-pipeline-PlanOnProd"]?.flatMap(({ Action }) => list(Action)) ?? [];
    expect(actions.filter((action) => !/:(Get|List|Describe)|^apigateway:GET$/.test(action)).sort()).toEqual([
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "s3:PutObject",
    ]);
  });

  it.each(["DeployOnDev", "PlanOnProd", "DeployOnProd"])(
    "of %s do not name the other environment",
    (step) => {
      const other = step === "DeployOnDev" ? "prod" : "dev";
      expect(JSON.stringify(permissions[`hw-pipeline-${step}`])).not.toMatch(
        new RegExp(`hw-${other}|heavy-water-${other}|service-${other}`),
      );
    },
  );

  it.each(["DeployOnDev", "DeployOnProd", "SelfUpdate"])(
    "of %s allow creating roles with the boundary only",
    (step) => {
      const creating = permissions[`hw-pipeline-${step}`]?.filter(({ Action }) =>
        list(Action).includes("iam:CreateRole"),
      );
      expect(creating).toHaveLength(1);
      // The service's roles are allowed so much less that creating one gains nothing.
      const boundary = {
        SelfUpdate: /:policy\/hw-boundary$/,
        DeployOnDev: /:policy\/hw-function-boundary-dev$/,
        DeployOnProd: /:policy\/hw-function-boundary-prod$/,
      }[step]!;
      expect(creating?.[0]?.Condition).toMatchObject({
        StringEquals: { "iam:PermissionsBoundary": expect.stringMatching(boundary) as string },
      });
    },
  );

  it("of SelfUpdate in IAM are for the pipeline's own roles only", () => {
    const roles = permissions["hw-pipeline-SelfUpdate"]
      ?.filter(
        ({ Effect, Action }) =>
          Effect === "Allow" && list(Action).some((action) => action.startsWith("iam:")),
      )
      .flatMap(({ Resource }) => list(Resource).map((arn) => arn.replace(/.*:role/, "role")));
    expect(new Set(roles)).toEqual(
      new Set([
        ...["role/hw-pipeline*", "role/hw-pipeline-*", "role/hw-pipeline"],
        ...["role/hw-pipeline-failed", "role/hw-pipeline-drift", "role/hw-pipeline-commit-statuses"],
      ]),
    );
  });

  it("of SelfUpdate do not include deleting the build's own role", () => {
    const denied = permissions["hw-pipeline-SelfUpdate"]?.filter(({ Effect }) => Effect === "Deny");
    expect(denied).toEqual([
      expect.objectContaining({
        Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
        Resource: expect.stringMatching(/:role\/hw-pipeline-SelfUpdate$/) as string,
      }),
    ]);
  });

  it("to pass a role always name the service", () => {
    const passing = Object.values(permissions)
      .flat()
      .filter(({ Action }) => list(Action).includes("iam:PassRole"));
    expect(passing.length).toBeGreaterThan(0);
    for (const { Resource, Condition } of passing) {
      expect(list(Resource)).not.toContain("*");
      expect(Condition?.StringEquals).toHaveProperty("iam:PassedToService");
    }
  });

  it("on states are for the step's own key and its lock", () => {
    const keys = (role: string) => JSON.stringify(permissions[role]).match(/hw\/[\w-]+\.tfstate/g);
    expect(new Set(keys("hw-pipeline-DeployOnDev"))).toEqual(new Set(["hw/service-dev.tfstate"]));
    expect(new Set(keys("hw-pipeline-PlanOnProd"))).toEqual(new Set(["hw/service-prod.tfstate"]));
    expect(new Set(keys("hw-pipeline-DeployOnProd"))).toEqual(new Set(["hw/service-prod.tfstate"]));
    expect(new Set(keys("hw-pipeline-SelfUpdate"))).toEqual(new Set(["hw/pipeline.tfstate"]));
    expect(keys("hw-pipeline-IntegrationTest")).toBeNull();
  });
});
