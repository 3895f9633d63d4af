import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Testing, TerraformElement, type TerraformStack } from "cdktf";
import { acceptedFindings } from "../../../stacks/constructs/accepted-findings";
import { pipelineStack, serviceStack, stateStack, synthesized, type Synthesized } from "../../support/synth";
import { stacksOf, variants } from "../variants";
import { checkov, type Finding, type Framework } from "./checkov";
import { planAsJson } from "./plan";
import { installScanners } from "./scanner";

// It starts in seconds, but Terraform and its provider start beside it.
jest.setTimeout(240_000);

const folders: string[] = [];
const used = new Set<string>();

beforeAll(installScanners, 600_000);
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), "checkov-")));
  return folders.at(-1)!;
}

function scanned(framework: Framework, files: Record<string, string>) {
  return checkov(framework, files, folder());
}

/** What the stacks accept: a check and the id of the resource that keeps its finding. */
function accepted(stacks: readonly TerraformStack[]): Map<string, string> {
  const elements = stacks
    .flatMap((stack) => stack.node.findAll())
    .filter((one) => TerraformElement.isTerraformElement(one));
  return new Map(
    elements.flatMap((element) =>
      Object.entries(acceptedFindings(element)).map(([check, why]) => [
        `${check} ${element.friendlyUniqueId}`,
        why,
      ]),
    ),
  );
}

/** Findings that no resource accepts; remembers which acceptances were needed. */
function unaccepted(findings: readonly Finding[], stacks: readonly TerraformStack[]): string[] {
  const reasons = accepted(stacks);
  return findings.flatMap(({ check, id, name }) => {
    const why = reasons.get(`${check} ${id}`);
    if (why !== undefined) used.add(`${check} ${why}`);
    return why === undefined ? [`${check} ${id}: ${name}`] : [];
  });
}

/** The types of resources of which checkov checks anything. A new type is added here when it does. */
const judged = [
  ...["aws_apigatewayv2_api", "aws_apigatewayv2_route", "aws_apigatewayv2_stage"],
  ...["aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm", "aws_codebuild_project", "aws_codepipeline"],
  ...["aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_kms_key"],
  ...["aws_lambda_function", "aws_lambda_permission"],
  ...["aws_s3_bucket", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_ownership_controls"],
  ...["aws_s3_bucket_policy", "aws_s3_bucket_public_access_block", "aws_secretsmanager_secret"],
  ...["aws_sns_topic", "aws_sqs_queue", "aws_ssm_parameter", "github_repository_webhook"],
];

/** The types of which it has no check that applies here: a type that gets one moves up. */
const unknown = [
  ...["aws_apigatewayv2_authorizer", "aws_apigatewayv2_integration"],
  ...["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_cloudwatch_log_resource_policy"],
  ...["aws_codepipeline_webhook", "aws_codestarconnections_connection", "aws_iam_openid_connect_provider"],
  ...["aws_kms_alias", "aws_lambda_alias", "aws_lambda_function_event_invoke_config"],
  ...["aws_s3_bucket_notification", "aws_s3_bucket_server_side_encryption_configuration"],
  ...["aws_s3_bucket_versioning", "aws_sns_topic_policy", "aws_sns_topic_subscription"],
  "terraform_data",
];

/** The resources that it must have evaluated, as it names them. */
function toEvaluate(name: string, { resource }: Synthesized, types: readonly string[] = judged): string[] {
  return types.flatMap((type) => Object.keys(resource[type] ?? {}).map((id) => `${name} ${id}`));
}

const everyStack = Object.values(variants).map((settings) => stacksOf(settings));

describe("checkov finds nothing but what a resource keeps with a reason", () => {
  it("in Terraform's JSON, of all settings that change the stacks", async () => {
    const stacks = everyStack.flat();
    const { evaluated, findings } = await scanned(
      "terraform_json",
      Object.fromEntries(stacks.map((stack, index) => [String(index), Testing.synth(stack)])),
    );
    const found = findings.flatMap((finding) => unaccepted([finding], [stacks[Number(finding.folder)]!]));
    expect([...new Set(found)]).toEqual([]);
    const all = stacks.flatMap((stack, index) => toEvaluate(String(index), synthesized(stack)));
    expect(all.filter((one) => !evaluated.has(one))).toEqual([]);
    const none = stacks.flatMap((stack, index) => toEvaluate(String(index), synthesized(stack), unknown));
    expect(none.filter((one) => evaluated.has(one))).toEqual([]);
  });

  it("in a plan, where it reads policies too", async () => {
    const stacks = [stateStack(), pipelineStack(), serviceStack()];
    const plan = await planAsJson(stacks, folder());
    const { evaluated, findings } = await scanned("terraform_plan", { plan });
    expect(unaccepted(findings, stacks)).toEqual([]);
    const types = judged.filter((type) => type.startsWith("aws_"));
    const all = stacks.flatMap((stack) => toEvaluate("plan", synthesized(stack), types));
    expect(all.filter((one) => !evaluated.has(one))).toEqual([]);
  });

  it("and every type of resource is one that it knows or one that it does not, whatever the settings", () => {
    const types = new Set(everyStack.flat().flatMap((stack) => Object.keys(synthesized(stack).resource)));
    expect([...judged, ...unknown].sort()).toEqual([...types].sort());
  });

  it("and every reason is still needed", () => {
    const reasons = new Set(
      everyStack.flatMap((stacks) =>
        [...accepted(stacks)].map(([key, why]) => `${key.split(" ")[0]} ${why}`),
      ),
    );
    expect([...reasons].filter((reason) => !used.has(reason))).toEqual([]);
  });
});

describe("checkov finds what is broken on purpose", () => {
  const break_ = (stack: TerraformStack, change: (resource: Synthesized["resource"]) => void): string => {
    const json = synthesized(stack);
    change(json.resource);
    return JSON.stringify(json);
  };

  it.each<[string, string, () => string]>([
    [
      "a public bucket",
      "CKV_AWS_53",
      () =>
        break_(serviceStack(), (resource) => {
          const [block] = Object.values(resource.aws_s3_bucket_public_access_block!);
          block!.block_public_acls = false;
        }),
    ],
    [
      "a topic without a key",
      "CKV_AWS_26",
      () =>
        break_(pipelineStack(), (resource) => {
          delete Object.values(resource.aws_sns_topic!)[0]!.kms_master_key_id;
        }),
    ],
    [
      "a key that is never rotated",
      "CKV_AWS_7",
      () =>
        break_(pipelineStack(), (resource) => {
          Object.values(resource.aws_kms_key!)[0]!.enable_key_rotation = false;
        }),
    ],
  ])("%s", async (_, check, broken) => {
    const { findings } = await scanned("terraform_json", { broken: broken() });
    expect(findings.map((finding) => finding.check)).toContain(check);
  });

  it("a file that it can't read is an error, not silence", async () => {
    await expect(scanned("terraform_json", { broken: '{ "resource": ' })).rejects.toThrow(/checkov/);
    const versions = JSON.stringify({ terraform: { required_version: ">= 1.10" }, resource: {} });
    await expect(scanned("terraform_json", { broken: versions })).rejects.toThrow(/checkov/);
  });
});
