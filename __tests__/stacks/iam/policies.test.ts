import { merged, policyDocument, type Statement } from "../../../stacks/constructs/policy";
import { policies } from "../../../stacks/iam/policies";
import { settingsWith } from "../../support/settings";
import { list, pipelineStack, serviceStack, stateStack, synthesized } from "../../support/synth";

const at = { partition: "aws", region: "<region>", accountId: "<account>" };
const all = ["dev", "prod"].flatMap((environment) => policies(settingsWith(), at, environment));

it("every statement with a wildcard has a reason", () => {
  const hasWildcard = ({ Action, Resource }: Statement) =>
    [...list(Action), ...list(Resource)].some((name) => name.includes("*"));
  const unexplained = all.flatMap(({ title, statements }) =>
    statements
      .filter((statement) => hasWildcard(statement) && !statement.why?.trim())
      .map(({ Action, Resource }) => `${title}: ${list(Action).join(", ")} on ${list(Resource).join(", ")}`),
  );
  expect(unexplained).toEqual([]);
});

it("the policies are those that the stacks deploy", () => {
  const listed = all.flatMap(({ title, trust, statements }) => [
    trust ?? [],
    title === "The boundary" ? merged(statements) : statements,
  ]);
  const documents = listed.filter(({ length }) => length > 0).map(policyDocument);
  const deployed = [stateStack(), pipelineStack(), serviceStack("dev"), serviceStack("prod")].flatMap(
    (stack) => documentsOf(synthesized(stack).resource),
  );
  expect(deployed.filter((document) => !documents.includes(document))).toEqual([]);
  expect(documents.filter((document) => !deployed.includes(document))).toEqual([]);
});

/** The policies of a stack, except those of buckets, which their construct defines. */
function documentsOf({ aws_s3_bucket_policy: _, ...resources }: Record<string, Record<string, object>>) {
  return Object.values(resources)
    .flatMap((ofType) => Object.values(ofType))
    .flatMap((resource) =>
      Object.entries(resource).filter(([name]) => /^(policy|policy_document|assume_role_policy)$/.test(name)),
    )
    .map(([, document]) => deployedAt(String(document)));
}

/** The repository's identity at GitHub, as the page of permissions shows it. */
const repository: Record<string, string> = {
  owner: "acme",
  ownerId: "<owner id>",
  name: "heavy-water",
  id: "<repository id>",
};

/** A document as it would be deployed in `at`. */
function deployedAt(document: string): string {
  return document
    .replace(/\$\{data\.aws_partition\.[^}]*\}/g, at.partition)
    .replace(/\$\{data\.aws_region\.[^}]*\}/g, at.region)
    .replace(/\$\{data\.aws_caller_identity\.[^}]*\}/g, at.accountId)
    .replaceAll("${local.production-api-id}", "<production's API>")
    .replace(
      /\$\{nonsensitive\(jsondecode\([^)]*\)\.(\w+)\)\}/g,
      (_, key: string) => repository[key] ?? "missing",
    );
}

describe("the permission to let documents expire", () => {
  const holders = (environment: string, changes: Record<string, string>) =>
    policies(settingsWith(changes), at, environment).flatMap(({ name, statements }) =>
      statements
        .filter(({ Action }) => list(Action).includes("s3:PutLifecycleConfiguration"))
        .map(({ Resource }) => [name, Resource]),
    );
  const artifacts = ["hw-pipeline-SelfUpdate", "arn:aws:s3:::acme-heavy-water-artifacts"];

  it("belongs to no step until service_old_version_days has a value", () => {
    expect(holders("prod", {})).toEqual([artifacts]);
  });

  it.each(["30", "off"])("belongs to the step of the bucket alone with %s", (service_old_version_days) => {
    expect(holders("prod", { service_old_version_days })).toEqual([
      ["hw-pipeline-DeployOnDev", "arn:aws:s3:::acme-heavy-water-dev"],
      ["hw-pipeline-DeployOnProd", "arn:aws:s3:::acme-heavy-water-prod"],
      artifacts,
    ]);
  });

  it("covers no existing bucket", () => {
    const existing = { service_existing_bucket_prod: "acme-documents", service_old_version_days: "30" };
    expect(JSON.stringify(holders("prod", existing))).not.toMatch(/DeployOnProd|acme-documents/);
  });
});

describe("with an existing bucket", () => {
  const existing = policies(settingsWith({ service_existing_bucket_prod: "acme-documents" }), at, "prod");
  const statementsOf = (name: string) => existing.find((policy) => policy.name === name)!.statements;

  it.each(["hw-pipeline-PlanOnProd", "hw-pipeline-DeployOnProd", "hw-diff"])(
    "%s has no permissions on it",
    (name) => {
      expect(JSON.stringify(statementsOf(name))).not.toContain("acme-documents");
    },
  );

  it("DeployOnProd has permissions on its own rules, and DeployOnDev has none", () => {
    const rules = statementsOf("hw-pipeline-DeployOnProd").filter(({ Action }) =>
      list(Action)[0]!.startsWith("events:"),
    );
    expect(rules.map(({ Resource }) => Resource)).toEqual([
      "arn:aws:events:<region>:<account>:rule/hw-prod-objects*",
    ]);
    expect(JSON.stringify(statementsOf("hw-pipeline-DeployOnDev"))).not.toContain("events:");
  });
});
