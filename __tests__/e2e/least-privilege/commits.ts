import type { Harness } from "../harness";

/** The role, action and resource that `change` adds first to what is deployed. */
export const ADDED_PERMISSION =
  "hw-pipeline-DeployOnDev may s3:GetObjectVersion on arn:aws:s3:::hw-rehearsal-artifacts/*/Build/*";

/**
 * What is deployed first: a step of another name, another function, another route, and a right less. What
 * the steps make, change and remove when all of that is taken back is what they ever make, change and remove.
 */
export async function prepare(harness: Harness): Promise<void> {
  for (const file of ["stacks/pipeline/stages.ts", "stacks/iam/step-roles.ts"])
    harness.edit(file, (text) => text.replaceAll("PlanOnProd", "PreviewOfProd"));
  harness.edit("stacks/iam/step-roles.ts", (text) => text.replace(', "s3:GetObjectVersion"]', "]"));
  harness.edit("stacks/service-stack.ts", (text) =>
    text.replace(
      "    if (environment === releasedEnvironment)",
      `    const spare = new LiveFunction(this, "spare", {
      ...this.common("spare" as "api"),
      bundle: join(props.bundles, "api.zip"),
      environment: {},
      statements: apiPermissions(this.arns, environment),
      memoryMegabytes: 256,
    });
    if (environment === "prod") {
      new ReleaseAlarms(this, "spare-release", {
        functionName: this.names.function(environment, "spare" as "api"),
        handler: spare,
        apiId: http.id,
        metricNamespace: "HeavyWater",
        alarms: [{ on: "errors", name: this.names.releaseAlarm("spare" as "api", "errors") }],
        notifying: [],
        topicArn: this.arns.failureTopic,
      });
    }
    if (environment === releasedEnvironment)`,
    ),
  );
  harness.edit("stacks/constructs/http-api.ts", (text) =>
    text.replace(
      "    new Apigatewayv2Stage(",
      `    new Apigatewayv2Route(this, "spare", {
      apiId: api.id,
      routeKey: "GET /spare",
      target: \`integrations/\${integration.id}\`,
    });
    new LambdaPermission(this, "spare-may-invoke", {
      functionName: handler.function.functionName,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: \`\${api.executionArn}/*\`,
    });
    new Apigatewayv2Stage(`,
    ),
  );
  allowMore(harness);
  await harness.commit("Begin with other parts");
}

/** Has the deployed pipeline allow what the commits change. */
function allowMore(harness: Harness): void {
  harness.edit("tasks/barrier/allowed.ts", (text) =>
    text
      .replace('["cors_configuration", "name"', '["cors_configuration", "description", "name"')
      .replace('...["api_id", "integration_type"', '...["api_id", "description", "integration_type"')
      .replace(
        'aws_iam_role: ["assume_role_policy", "name"',
        'aws_iam_role: ["assume_role_policy", "description", "name"',
      )
      .replace(
        '["arn", "role_arn", "rule", "target_id"]',
        '["arn", "input_path", "role_arn", "rule", "target_id"]',
      ),
  );
}

/** A commit that takes that back, and changes something in each of the parts that stay. @returns the commit */
export async function change(harness: Harness): Promise<string> {
  await harness.session.workstation.git("revert", "--no-edit", "HEAD");
  allowMore(harness);
  const replaced: readonly [file: string, from: string, to: string][] = [
    ["stacks/pipeline/stages.ts", "timeoutMinutes: 30", "timeoutMinutes: 31"],
    ["stacks/pipeline-stack.ts", "What ${step.name} may do", "All that ${step.name} may do"],
    ["stacks/pipeline-stack.ts", "expireAfterDays: 30", "expireAfterDays: 31"],
    [
      "stacks/constructs/policy.ts",
      '{ Effect: "Allow", Principal',
      // The roles of EventBridge are the operator's too, whose stack no commit changes.
      '{ ...(Service.startsWith("events.") ? {} : { Sid: "Service" }), Effect: "Allow", Principal',
    ],
    ["stacks/failures.ts", "An execution of", "A run of"],
    ["stacks/failures.ts", "arn: topicArn,", 'arn: topicArn, inputPath: "$",'],
    [
      "stacks/constructs/http-api.ts",
      'protocolType: "HTTP"',
      'protocolType: "HTTP", description: "Documents"',
    ],
    [
      "stacks/constructs/http-api.ts",
      'integrationType: "AWS_PROXY"',
      'integrationType: "AWS_PROXY", description: "All"',
    ],
    [
      "stacks/constructs/live-function.ts",
      "name: props.functionName,\n",
      'name: props.functionName, description: "Runs it",\n',
    ],
    ["lambda-src/api/app.ts", "A document can have", "A document has at most"],
  ];
  for (const [file, from, to] of replaced) harness.edit(file, (text) => text.replaceAll(from, to));
  return harness.push("Change all the rest");
}
