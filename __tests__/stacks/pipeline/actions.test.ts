import { pipelineStack, resourcesOf, synthesized } from "../../support/synth";

interface ActionJson {
  readonly name: string;
  readonly category: string;
  readonly namespace?: string;
  readonly output_artifacts?: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
}
interface StageJson {
  readonly name: string;
  readonly action: readonly ActionJson[];
  readonly before_entry?: {
    readonly condition: {
      readonly rule: readonly { readonly name: string; readonly rule_type_id: object }[];
    };
  };
}

const stack = synthesized(pipelineStack());
const [pipeline] = resourcesOf(stack, "aws_codepipeline");
const stages = pipeline!.stage as readonly StageJson[];
const actions = stages.flatMap(({ action }) => action);
const [bucket] = Object.keys(stack.resource.aws_s3_bucket!);

it("the newest execution replaces one that waits, and artifacts are in the pipeline's bucket", () => {
  expect(pipeline).toMatchObject({
    execution_mode: "SUPERSEDED",
    artifact_store: [{ type: "S3", location: `\${aws_s3_bucket.${bucket}.id}` }],
  });
});

// https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-valid-providers.html
it.each([
  ["Source", "ThirdParty", "GitHub"],
  ["Build", "AWS", "CodeBuild"],
  ["Approval", "AWS", "Manual"],
  ["Deploy", "AWS", "Lambda"],
])("each action of the category %s is of %s and %s, version 1", (category, owner, provider) => {
  const own = actions.filter((action) => action.category === category);
  expect(own.length).toBeGreaterThan(0);
  for (const action of own) expect(action).toMatchObject({ owner, provider, version: "1" });
});

it("the variables of sources and builds are in a namespace of their name, by which later actions read them", () => {
  for (const { name, category, namespace } of actions)
    expect([name, namespace]).toEqual([name, ["Source", "Build"].includes(category) ? name : undefined]);
});

it("a build runs the project of its name, and writes at most one artifact", () => {
  const builds = actions.filter(({ category }) => category === "Build");
  for (const { name, configuration } of builds) expect(configuration.ProjectName).toBe(`hw-${name}`);
  expect(
    builds
      .map(({ name, output_artifacts: written = [] }) => [name, ...written])
      .filter((one) => one.length > 1),
  ).toEqual([
    ["UnitTest", "Build"],
    ["PlanOnProd", "Plan"],
  ]);
});

it("a stage is skipped by a check of a variable", () => {
  const rules = stages.flatMap(({ before_entry: entry }) => entry?.condition.rule ?? []);
  expect(rules.length).toBeGreaterThan(0);
  for (const rule of rules) {
    expect(rule.name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    // https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-VariableCheck.html
    expect(rule.rule_type_id).toEqual({
      category: "Rule",
      owner: "AWS",
      provider: "VariableCheck",
      version: "1",
    });
  }
});

it("a step's project reads and writes the pipeline's artifacts, on the smallest Linux machine", () => {
  for (const project of resourcesOf(stack, "aws_codebuild_project"))
    expect(project).toMatchObject({
      ...(project.name !== "hw-CheckDrift" && {
        source: { type: "CODEPIPELINE" },
        artifacts: { type: "CODEPIPELINE" },
      }),
      environment: { type: "LINUX_CONTAINER", compute_type: "BUILD_GENERAL1_SMALL" },
    });
});

it("the repository is read with the stored token, which no plan shows", () => {
  const token = expect.stringMatching(
    /^\$\{jsondecode\(data\.aws_secretsmanager_secret_version\.\w+\.secret_string\)\.githubAccessToken\}$/,
  ) as string;
  expect(actions[0]).toMatchObject({ name: "Source1", output_artifacts: ["Source"] });
  expect(actions[0]?.configuration.OAuthToken).toEqual(token);
  const { provider, terraform } = stack as unknown as {
    provider: object;
    terraform: { required_providers: object };
  };
  expect(provider).toMatchObject({ github: [{ owner: "acme", token }] });
  expect(terraform.required_providers).toMatchObject({ github: { version: "6.11.1" } });
  expect(Object.values(stack.data?.aws_secretsmanager_secret_version ?? {})).toMatchObject([
    { secret_id: "PIPELINE_GITHUB" },
  ]);
});

it("GitHub delivers pushes to the pipeline's webhook, which starts the source action", () => {
  const [id] = Object.keys(stack.resource.aws_codepipeline_webhook!);
  expect(resourcesOf(stack, "aws_codepipeline_webhook")).toMatchObject([
    { name: "hw-push", target_action: "Source1" },
  ]);
  expect(resourcesOf(stack, "github_repository_webhook")).toMatchObject([
    { repository: "heavy-water", configuration: { url: `\${aws_codepipeline_webhook.${id}.url}` } },
  ]);
});

it("the topic for failures has the alias and the policy of its own key", () => {
  const [topic] = Object.keys(stack.resource.aws_sns_topic!);
  const [key] = Object.keys(stack.resource.aws_kms_key!);
  expect(resourcesOf(stack, "aws_kms_alias")).toMatchObject([
    { name: "alias/hw-failures", target_key_id: `\${aws_kms_key.${key}.key_id}` },
  ]);
  expect(resourcesOf(stack, "aws_sns_topic")).toMatchObject([
    { kms_master_key_id: `\${aws_kms_key.${key}.arn}` },
  ]);
  expect(resourcesOf(stack, "aws_sns_topic_policy")).toMatchObject([
    { arn: `\${aws_sns_topic.${topic}.arn}` },
  ]);
});
