import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Harness } from "../harness";

/** The first permission that `change` adds. */
export const ADDED_PERMISSION =
  "hw-pipeline-DeployOnDev: s3:GetObjectVersion on arn:aws:s3:::hw-rehearsal-artifacts/*/Build/*";

/**
 * Commits what is deployed first: a renamed step, an additional function and route, and one permission less. When
 * `change` reverts that, the steps create, change and remove every kind of resource.
 */
export async function prepare(harness: Harness): Promise<void> {
  for (const file of ["stacks/pipeline/stages.ts", "stacks/iam/step-roles.ts"])
    harness.edit(file, (text) => text.replaceAll("PlanOnProd", "PreviewOfProd"));
  harness.edit("stacks/iam/step-roles.ts", (text) => text.replace(', "s3:GetObjectVersion"]', "]"));
  harness.edit("stacks/functions.ts", (text) =>
    text.replace(
      "} as const satisfies",
      `  spare: {
    purpose: "goes away again",
    trigger: { kind: "http", route: "GET /spare", smokeTest: { method: "GET", path: "/health" } },
    memoryMegabytes: 256,
    timeoutSeconds: 25,
    releaseMetrics: ["errors"],
    notifiedMetrics: [],
  },
} as const satisfies`,
    ),
  );
  harness.edit("stacks/iam/service-permissions.ts", (text) =>
    text.replace("  api: apiPermissions,", "  api: apiPermissions,\n  spare: apiPermissions,"),
  );
  await addFunction(harness, "spare");
  allowMore(harness);
  await harness.commit("Start with other parts");
}

/** Adds a function with the code of the API. */
async function addFunction({ session: { workstation } }: Harness, name: string): Promise<void> {
  const folder = join(workstation.clone, "lambda-src");
  cpSync(join(folder, "api"), join(folder, name), { recursive: true });
  await workstation.git("add", `lambda-src/${name}`);
}

/** Adds what the commits change to the allow list. */
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

const DAY = 24 * 60 * 60_000;

/** Pushes a commit that reverts that, and changes something in every other part. @returns the commit */
export async function change(harness: Harness): Promise<string> {
  await harness.session.workstation.git("revert", "--no-edit", "HEAD");
  allowMore(harness);
  const replaced: readonly [file: string, from: string, to: string][] = [
    ["stacks/pipeline/stages.ts", "timeoutMinutes: 30", "timeoutMinutes: 31"],
    ["stacks/pipeline-stack.ts", "What ${step.name} may do", "All that ${step.name} may do"],
    ["stacks/pipeline/artifact-days.ts", "SHORTEST = 30", "SHORTEST = 31"],
    [
      "stacks/constructs/policy.ts",
      '{ Effect: "Allow", Principal',
      // The roles of EventBridge are the operator's too, whose stack no commit changes.
      '{ ...(Service.startsWith("events.") ? {} : { Sid: "Service" }), Effect: "Allow", Principal',
    ],
    ["stacks/failures.ts", "An execution of", "A run of"],
    ["stacks/failures.ts", "arn: topicArn,", 'arn: topicArn, inputPath: "$",'],
    ["stacks/drift.ts", "Compares production", "Compares all of production"],
    ["stacks/drift.ts", "arn: props.project.arn,", 'arn: props.project.arn, inputPath: "$",'],
    ["stacks/constructs/commit-statuses.ts", "The stages and approvals", "All stages and approvals"],
    ["stacks/constructs/commit-statuses.ts", "memorySize: 256", "memorySize: 512"],
    ["stacks/constructs/commit-statuses.ts", "maximumRetryAttempts: 0", "maximumRetryAttempts: 1"],
    ["stacks/constructs/function-rule.ts", "rule: rule.name,", 'rule: rule.name, inputPath: "$",'],
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
      "stacks/constructs/versioned-function.ts",
      "name: props.functionName,\n",
      'name: props.functionName, description: "Runs it",\n',
    ],
    ["lambda-src/api/app.ts", "A document can have", "A document has at most"],
  ];
  for (const [file, from, to] of replaced) harness.edit(file, (text) => text.replaceAll(from, to));
  // The reverted commit has added a function.
  const until = new Date(Date.now() + DAY).toISOString().slice(0, 10);
  const losses = { "aws_lambda_function.spare_function_34AAD5BB": { reason: "It was spare.", until } };
  harness.edit("allowed-losses.json", () => `${JSON.stringify(losses)}\n`);
  return harness.push("Change all the rest");
}
