import {
  list,
  permissionsByRole,
  pipelineStack,
  resourcesOf,
  stateStack,
  statements,
  synthesized,
} from "../support/synth";

const settings = { pipeline_source: "connection" };
const branch = { ...settings, hw_stack_name: "hw_develop", pipeline_environment: "dev" };
const stack = synthesized(pipelineStack(settings));
const arn = /^\$\{data\.aws_codestarconnections_connection\.\w+\.arn\}$/;

/** Within the boundary, which names the connection. */
const anyConnection = /^arn:.*:codestar-connections:.*:connection\/\*$/;

describe("a pipeline with a connection", () => {
  it("has the connection as its source, and starts at a push to its branch", () => {
    const [pipeline] = resourcesOf(stack, "aws_codepipeline");
    const [source] = pipeline!.stage as [{ action: unknown[] }];
    expect(source.action).toEqual([
      {
        name: "Source1",
        namespace: "Source1",
        category: "Source",
        owner: "AWS",
        provider: "CodeStarSourceConnection",
        version: "1",
        output_artifacts: ["Source"],
        run_order: 1,
        configuration: {
          ConnectionArn: expect.stringMatching(arn) as string,
          FullRepositoryId: "acme/heavy-water",
          BranchName: "main",
        },
      },
    ]);
  });

  it("has neither a webhook, the GitHub provider nor the secret", () => {
    expect(JSON.stringify(stack)).not.toMatch(/webhook|secretsmanager_secret|githubAccessToken/);
    expect(Object.keys(stack.terraform.required_providers)).toEqual(["aws"]);
  });

  it("lets its own role use the connection, and SelfUpdate pass it", () => {
    const using = Object.entries(permissionsByRole(stack)).flatMap(([role, permissions]) =>
      permissions
        .filter(({ Action }) => list(Action).some((action) => /:(Use|Pass)Connection$/.test(action)))
        .map(({ Action, Resource }) => [role, Action, Resource]),
    );
    expect(using).toEqual([
      ["hw-pipeline-SelfUpdate", "codestar-connections:PassConnection", expect.stringMatching(anyConnection)],
      ["hw-pipeline", "codestar-connections:UseConnection", expect.stringMatching(anyConnection)],
    ]);
  });

  it.each([
    ["the connection of the stack", settings],
    ["the connection of the pipeline that delivers to production, for a branch", branch],
  ])("is found by the name of %s", (_, changes) => {
    const { data } = synthesized(pipelineStack(changes));
    expect(Object.values(data?.aws_codestarconnections_connection ?? {})).toEqual([
      expect.objectContaining({ name: "hw-github" }),
    ]);
  });
});

describe("a pipeline that ignores paths", () => {
  const ignoring = { pipeline_ignore_paths: "docs/**,*.md" };

  it.each([
    ["the main branch", settings, "main"],
    ["its own branch", { ...branch, pipeline_githubBranch: "develop" }, "develop"],
  ])("starts at a push to %s that changes another file", (_, changes, name) => {
    const [pipeline] = resourcesOf(
      synthesized(pipelineStack({ ...changes, ...ignoring })),
      "aws_codepipeline",
    );
    expect(pipeline!.trigger).toEqual([
      {
        provider_type: "CodeStarSourceConnection",
        git_configuration: {
          source_action_name: "Source1",
          push: [{ branches: { includes: [name] }, file_paths: { excludes: ["docs/**", "*.md"] } }],
        },
      },
    ]);
    const [source] = pipeline!.stage as [{ action: [{ configuration: unknown }] }];
    expect(source.action[0].configuration).toMatchObject({ BranchName: name, DetectChanges: "false" });
  });

  it("needs no other permissions", () => {
    const ignored = synthesized(pipelineStack({ ...settings, ...ignoring }));
    expect(permissionsByRole(ignored)).toEqual(permissionsByRole(stack));
  });

  it("has no filter without the setting", () => {
    const [pipeline] = resourcesOf(stack, "aws_codepipeline");
    expect(pipeline).not.toHaveProperty("trigger");
    expect(JSON.stringify(pipeline)).not.toContain("DetectChanges");
  });
});

describe("the state stack", () => {
  const state = synthesized(stateStack(settings));
  const policies = resourcesOf(state, "aws_iam_policy");
  const boundary = statements(policies.find(({ name }) => name === "hw-boundary")?.policy);

  it("creates the connection, and outputs whether it has been accepted", () => {
    expect(resourcesOf(state, "aws_codestarconnections_connection")).toEqual([
      expect.objectContaining({ name: "hw-github", provider_type: "GitHub" }),
    ]);
    expect(state.output.connection_status?.value).toMatch(/\.connection_status\}$/);
  });

  it("lets no role of the pipeline and of pull requests read the secret", () => {
    const actions = [...boundary, ...(permissionsByRole(state)["hw-diff"] ?? [])].flatMap(({ Action }) =>
      list(Action),
    );
    expect(actions.filter((action) => /secretsmanager:GetSecretValue/.test(action))).toEqual([]);
  });

  it("lets the function that sets commit statuses read it if pipeline_commit_status=true", () => {
    const chosen = { ...settings, pipeline_commit_status: "true" };
    const reading = Object.entries(permissionsByRole(synthesized(pipelineStack(chosen)))).filter(
      ([, permissions]) =>
        permissions.some(({ Action }) => list(Action).includes("secretsmanager:GetSecretValue")),
    );
    expect(reading.map(([role]) => role)).toEqual(["hw-pipeline-commit-statuses"]);
    const limits = resourcesOf(synthesized(stateStack(chosen)), "aws_iam_policy");
    expect(JSON.stringify(limits.find(({ name }) => name === "hw-boundary"))).toContain(
      "secretsmanager:GetSecretValue",
    );
    expect(stack.resource).not.toHaveProperty("aws_lambda_function");
  });

  it("limits the connections that roles of the pipeline can use to its own", () => {
    const limits = boundary.filter(({ Action }) =>
      list(Action).some((action) => /^codestar-connections:.*Connection$/.test(action)),
    );
    expect(limits.map(({ Resource }) => Resource)).toEqual([
      expect.stringMatching(/^\$\{aws_codestarconnections_connection\.\w+\.arn\}$/),
    ]);
  });

  it("uses the connection in a branch environment, and does not create one", () => {
    const own = synthesized(stateStack(branch));
    expect(resourcesOf(own, "aws_codestarconnections_connection")).toEqual([]);
    expect(Object.values(own.data?.aws_codestarconnections_connection ?? {})).toHaveLength(1);
  });

  it("has no connection if the source is a token and a webhook", () => {
    expect(JSON.stringify(synthesized(stateStack()))).not.toContain("connections");
  });
});
