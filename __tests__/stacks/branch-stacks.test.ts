import {
  list,
  pipelineStack,
  resourcesOf,
  permissionsByRole,
  serviceStack,
  stateStack,
  statements,
  synthesized,
} from "../support/synth";

/** The stacks of a branch, as `npm run env` synthesizes them. */
const develop = { hw_stack_name: "hw_develop", pipeline_environment: "dev" };
const release = { hw_stack_name: "hw_release_1_0_1a2b3c4d", pipeline_environment: "stage" };

const stageNames = (changes: Record<string, string>) => {
  const [pipeline] = resourcesOf(synthesized(pipelineStack(changes)), "aws_codepipeline");
  return (pipeline!.stage as { name: string; action: { name: string }[] }[]).flatMap(({ action }) =>
    action.map(({ name }) => name),
  );
};

describe("the state stack of a branch", () => {
  const stack = synthesized(stateStack(develop));

  it("has its own settings and boundaries, and shares what an account has only one of", () => {
    expect(Object.keys(stack.resource).sort()).toEqual(["aws_iam_policy", "aws_ssm_parameter"]);
    expect(resourcesOf(stack, "aws_iam_policy").map(({ name }) => name)).toEqual([
      "hw_develop-boundary",
      "hw_develop-function-boundary",
      "hw_develop-function-boundary-dev",
    ]);
  });

  it("limits its pipeline's roles to its own names, whatever its commits grant them", () => {
    for (const changes of [develop, release]) {
      const [boundary] = resourcesOf(synthesized(stateStack(changes)), "aws_iam_policy");
      const allowed = statements(boundary?.policy).filter(({ Effect }) => Effect === "Allow");
      const others = allowed
        .flatMap(({ Resource }) => list(Resource))
        .filter(
          (one) => !one.includes(`${changes.hw_stack_name}-`) && !one.includes(`/${changes.hw_stack_name}/`),
        );
      // Other than its names: what AWS has no names for, its buckets, and what is shared.
      expect(others.map((one) => one.split(":").at(-1))).toEqual([
        ...["acme-heavy-water-artifacts", "acme-heavy-water-artifacts/*"],
        `acme-heavy-water-${changes.pipeline_environment}`,
        `acme-heavy-water-${changes.pipeline_environment}/documents/*`,
        "acme-heavy-water-artifacts-state",
        ...["/apis", "/apis/*", "/apis", "/apis/*", "/apis/*/*", "*"],
        ...["hw-codebuild-failed-sns", "hw-approvals", "*", "PIPELINE_GITHUB-??????"],
      ]);
    }
  });

  it("keeps its pipeline's roles from production's API", () => {
    const [boundary] = resourcesOf(stack, "aws_iam_policy");
    const guard = statements(boundary?.policy).find(({ Action }) => list(Action).includes("apigateway:P*"));
    expect(guard).toMatchObject({ Effect: "Deny" });
    expect(guard).not.toHaveProperty("Condition");
    expect(stack.data?.aws_apigatewayv2_apis).toMatchObject({ "production-api": { name: "hw-prod" } });
  });

  it("allows its pipeline's roles to use keys through S3 and SNS only", () => {
    const [boundary] = resourcesOf(stack, "aws_iam_policy");
    const keys = statements(boundary?.policy).filter(({ Action }) => list(Action)[0]!.startsWith("kms:"));
    const via = (service: string) =>
      expect.stringMatching(`^${service}\\..+\\.amazonaws\\.com\\*$`) as string;
    expect(keys).toEqual([
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringLike: { "kms:ViaService": [via("s3"), via("sns")] } },
      },
    ]);
  });

  it("has a boundary within the 6,144 characters that IAM accepts, with the longest names", () => {
    const long = {
      hw_stack_name: `hw_${"a".repeat(29)}`,
      hw_stack_bucket_name: "b".repeat(57),
      pipeline_bucket_name: "c".repeat(63),
      pipeline_state_bucket_name: "d".repeat(63),
      pipeline_environment: "stage",
    };
    const [boundary] = resourcesOf(synthesized(stateStack(long)), "aws_iam_policy");
    // The longest partition, region or account id.
    const policy = String(boundary?.policy).replace(/\$\{[^}]*\}/g, "ap-northeast-1");
    expect(policy.length).toBeLessThan(6144);
  });

  it("keeps its state in its own folder of the shared bucket", () => {
    expect(stack.terraform.backend.s3).toMatchObject({
      bucket: "acme-heavy-water-artifacts-state",
      key: "hw_develop/state.tfstate",
    });
  });
});

describe("a branch pipeline", () => {
  const stack = synthesized(pipelineStack(develop));

  it("deploys and tests one environment, and has no production", () => {
    const around = (deploy: string) => [
      "Source1",
      "UnitTest",
      "CheckBuild",
      "ConfirmPermissions",
      deploy,
      "IntegrationTest",
      "SelfUpdate",
    ];
    expect(stageNames(develop)).toEqual(around("DeployOnDev"));
    expect(stageNames(release)).toEqual(around("DeployOnStage"));
  });

  it("notifies the shared topic of failures, which it does not manage", () => {
    expect(stack.resource).not.toHaveProperty("aws_sns_topic");
    expect(stack.resource).not.toHaveProperty("aws_kms_key");
    const topic = expect.stringMatching(/:hw-codebuild-failed-sns$/) as string;
    for (const alarm of resourcesOf(stack, "aws_cloudwatch_metric_alarm"))
      expect(alarm.alarm_actions).toEqual([topic]);
    const targets = resourcesOf(stack, "aws_cloudwatch_event_target");
    expect(targets.filter(({ target_id }) => target_id !== "function")).toMatchObject([{ arn: topic }]);
    const permissions = permissionsByRole(stack);
    expect(permissions["hw_develop-pipeline-failed"]?.[0]).toMatchObject({
      Action: "sns:Publish",
      Resource: topic,
    });
    // Besides the rule, only the pipeline publishes, and only approvals.
    const publishing = Object.entries(permissions).flatMap(([role, all]) =>
      all.some(({ Action }) => list(Action).some((action) => /^(sns|kms):/.test(action))) ? [role] : [],
    );
    expect(publishing.sort()).toEqual(["hw_develop-pipeline", "hw_develop-pipeline-failed"]);
  });

  it("notifies the shared topic of approvals, which it does not manage", () => {
    const topic = expect.stringMatching(/:hw-approvals$/) as string;
    expect(permissionsByRole(stack)["hw_develop-pipeline"]).toContainEqual({
      Effect: "Allow",
      Action: "sns:Publish",
      Resource: topic,
    });
    expect(resourcesOf(stack, "aws_codepipeline")).toMatchObject([
      { stage: expect.arrayContaining([confirmation(topic)]) as unknown },
    ]);
    const { resource } = synthesized(stateStack(develop));
    expect(resource).not.toHaveProperty("aws_sns_topic");
    expect(resource).not.toHaveProperty("aws_kms_key");
  });

  const confirmation = (topic: string): unknown =>
    expect.objectContaining({
      name: "ConfirmPermissions",
      action: [
        expect.objectContaining({
          configuration: expect.objectContaining({ NotificationArn: topic }) as unknown,
        }),
      ],
    });

  it("has roles for its own environment, which name no resource of another stack", () => {
    const permissions = permissionsByRole(synthesized(pipelineStack(release)));
    expect(Object.keys(permissions).sort()).toEqual(
      [
        ...["", "-CheckBuild", "-DeployOnStage", "-IntegrationTest", "-SelfUpdate", "-UnitTest"],
        ...["-commit-statuses", "-failed"],
      ].map((step) => `hw_release_1_0_1a2b3c4d-pipeline${step}`),
    );
    const resources = Object.values(permissions)
      .flat()
      .flatMap(({ Resource }) => list(Resource));
    // Except the topics that all pipelines share.
    const topics = ["hw-codebuild-failed-sns", "hw-approvals"].map(
      (name) => expect.stringMatching(`:${name}$`) as string,
    );
    expect(resources.filter((one) => /[:/]hw-|-(dev|prod)\b/.test(one))).toEqual(topics);
  });
});

describe("the service of a branch", () => {
  it("can be deleted with everything in its bucket, unlike the main pipeline's", () => {
    const bucket = (changes: Record<string, string>) =>
      resourcesOf(synthesized(serviceStack("dev", changes)), "aws_s3_bucket")[0];
    expect(bucket(develop)).toMatchObject({ force_destroy: true, lifecycle: { prevent_destroy: false } });
    expect(bucket({})).toMatchObject({ lifecycle: { prevent_destroy: true } });
    expect(bucket({})).not.toHaveProperty("force_destroy");
  });
});
