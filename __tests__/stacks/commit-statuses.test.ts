import { permissionsByRole, pipelineStack, resourcesOf, synthesized } from "../support/synth";

const stack = synthesized(pipelineStack());
const name = "hw-pipeline-commit-statuses";

describe("the function that sets commit statuses", () => {
  it("is invoked for each event of its own pipeline's stages and actions", () => {
    const rule = resourcesOf(stack, "aws_cloudwatch_event_rule").find((one) => one.name === name);
    expect(JSON.parse(String(rule?.event_pattern))).toEqual({
      source: ["aws.codepipeline"],
      "detail-type": [
        "CodePipeline Stage Execution State Change",
        "CodePipeline Action Execution State Change",
      ],
      detail: { pipeline: ["hw-pipeline"] },
    });
  });

  it("runs on the Node.js and the processor that functions have, and has the log of its name", () => {
    expect(resourcesOf(stack, "aws_lambda_function")).toMatchObject([
      { function_name: name, runtime: "nodejs22.x", architectures: ["arm64"] },
    ]);
    expect(resourcesOf(stack, "aws_cloudwatch_log_group")).toContainEqual(
      expect.objectContaining({ name: `/aws/lambda/${name}` }),
    );
  });

  it("is the only one whose errors cause its alarm", () => {
    const alarm = resourcesOf(stack, "aws_cloudwatch_metric_alarm").find(
      ({ alarm_name }) => alarm_name === "hw-commit-statuses-failed",
    );
    const [id] = Object.keys(stack.resource.aws_lambda_function!);
    expect(alarm?.dimensions).toEqual({ FunctionName: `\${aws_lambda_function.${id}.function_name}` });
  });

  it("has no permissions, and no role has any on it, without the setting", () => {
    const without = synthesized(pipelineStack({ pipeline_commit_status: "false" }));
    expect(JSON.stringify(permissionsByRole(stack))).toContain(name);
    expect(JSON.stringify(permissionsByRole(without))).not.toContain(name);
  });
});
