import { synthesized, type Synthesized } from "../../support/synth";
import { stacksOf, variants } from "../variants";
import { accepted } from "./accepted";
import { policyDocuments, type Deployed, type Kind } from "./documents";
import { findings } from "./findings";

/** The types of resources that are policies, or have one. */
const carriers: Readonly<Record<Kind, readonly string[]>> = {
  identity: ["aws_iam_role_policy", "aws_iam_policy"],
  boundary: ["aws_iam_policy"],
  trust: ["aws_iam_role"],
  resource: [
    ...["aws_cloudwatch_log_resource_policy", "aws_kms_key", "aws_lambda_permission"],
    ...["aws_s3_bucket_policy", "aws_sns_topic_policy", "aws_sqs_queue_policy"],
  ],
};

function addresses({ resource }: Synthesized, type: string): string[] {
  return Object.keys(resource[type] ?? {}).map((id) => `${type}.${id}`);
}

const bucket = "arn:aws:s3:::documents";
const role = "arn:aws:iam::123456789012:role/hw-*";

describe("the policies of the stacks agree with the Service Authorization Reference", () => {
  const used = new Set<RegExp>();

  it.each(Object.entries(variants))("with %s", async (_, settings) => {
    const stacks = stacksOf(settings).map(synthesized);
    const documents = stacks.flatMap(policyDocuments);
    // A document of each, or the oracle has not looked at it.
    for (const [kind, types] of Object.entries(carriers)) {
      const seen = documents.filter((one) => one.kind === kind).map(({ where }) => where);
      const there = stacks
        .flatMap((stack) => types.flatMap((type) => addresses(stack, type)))
        // A managed policy is one or the other.
        .filter(
          (one) => !one.startsWith("aws_iam_policy.") || /boundary/.test(one) === (kind === "boundary"),
        );
      expect(seen.sort()).toEqual(there.sort());
      expect(there).not.toEqual([]);
    }

    const found = (await Promise.all(documents.map(findings))).flat();
    const isAccepted = (one: string) => accepted.filter(({ finding }) => finding.test(one));
    found.flatMap(isAccepted).forEach(({ finding }) => used.add(finding));
    expect(found.filter((one) => isAccepted(one).length === 0)).toEqual([]);
  });

  it("and every accepted finding is still found", () => {
    expect(accepted.map(({ finding }) => finding).filter((finding) => !used.has(finding))).toEqual([]);
  });
});

async function found(statement: Partial<Deployed>, kind: Kind = "identity"): Promise<string[]> {
  const statements = [
    { Effect: "Allow", Action: "s3:GetObject", Resource: `${bucket}/*`, ...statement },
  ] as const;
  return findings({ where: "a policy", kind, statements });
}

describe("the oracle", () => {
  it("finds nothing against a correct statement", async () => {
    expect(await found({})).toEqual([]);
    expect(await found({ Action: ["s3:Get*", "s3:ListBucket"], Resource: [bucket, `${bucket}/*`] })).toEqual(
      [],
    );
  });

  it.each<[string, Partial<Deployed>, RegExp]>([
    ["an action with a typing error", { Action: "s3:GetObjects" }, /there is no action s3:GetObjects/],
    ["a service with a typing error", { Action: "s4:GetObject" }, /there is no action s4:GetObject/],
    ["a wildcard that matches no action", { Action: "s3:Fetch*" }, /there is no action s3:Fetch\*/],
    ["a bucket where an object is needed", { Resource: bucket }, /s3:GetObject does not take .*documents/],
    [
      "an object where a bucket is needed",
      { Action: "s3:ListBucket" },
      /s3:ListBucket does not take arn:aws:s3:::documents\/\*/,
    ],
    [
      "an ARN of another service",
      { Action: "sns:Publish", Resource: "arn:aws:sqs:eu-central-1:123456789012:hw" },
      /sns:Publish does not take/,
    ],
    [
      "an ARN without the account",
      { Action: "sqs:SendMessage", Resource: "arn:aws:sqs:eu-central-1:hw" },
      /sqs:SendMessage does not take/,
    ],
    [
      "a resource that no action of the statement takes",
      { Resource: [`${bucket}/*`, bucket] },
      /none of s3:GetObject takes arn:aws:s3:::documents$/,
    ],
    [
      "an ARN for an action that has no resource types",
      { Action: "kms:ListAliases", Resource: "arn:aws:kms:eu-central-1:123456789012:key/*" },
      /kms:ListAliases does not take .*it takes \* only/,
    ],
    ["`*` for an action that has some", { Resource: "*" }, /s3:GetObject is granted on \*/],
    [
      "a resource type that the action needs too",
      {
        Action: "codepipeline:PutWebhook",
        Resource: "arn:aws:codepipeline:eu-central-1:123456789012:webhook:hw",
      },
      /PutWebhook always names a pipeline too/,
    ],
    [
      "a condition key that no service has",
      { Condition: { StringEquals: { "s3:Prefix2": "a" } } },
      /no service has the condition key s3:Prefix2/,
    ],
    [
      "a condition that is never evaluated",
      { Condition: { StringEquals: { "s3:prefix": "a" } } },
      /the condition on s3:prefix is never evaluated/,
    ],
    [
      "a condition that is evaluated for some of the actions only",
      {
        Action: ["iam:CreateRole", "iam:ListRolePolicies"],
        Resource: role,
        Condition: { StringEquals: { "iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b" } },
      },
      /iam:ListRolePolicies has no condition key iam:PermissionsBoundary/,
    ],
    [
      "an operator of another type",
      { Condition: { NumericEquals: { "aws:SourceAccount": "1" } } },
      /NumericEquals can't compare aws:SourceAccount/,
    ],
    [
      "one value where the key has several",
      {
        Action: "kms:DescribeKey",
        Resource: "arn:aws:kms:eu-central-1:123456789012:key/*",
        Condition: { StringEquals: { "kms:ResourceAliases": "alias/hw" } },
      },
      /kms:ResourceAliases has several values/,
    ],
  ])("sees %s", async (_, statement, message) => {
    expect(await found(statement)).toContainEqual(expect.stringMatching(message));
  });

  it("sees a claim of a token where there is no token", async () => {
    const Condition = { StringEquals: { "token.actions.githubusercontent.com:repository_id": "1" } };
    expect(await found({ Action: "sts:AssumeRole", Condition }, "trust")).toContainEqual(
      expect.stringContaining("is never evaluated"),
    );
    expect(await found({ Action: "sts:AssumeRoleWithWebIdentity", Condition }, "trust")).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    [
      "a key that the service does not supply",
      "events.amazonaws.com",
      "sns:Publish",
      /supplies no aws:SourceAccount/,
    ],
    ["the same of the topic's key", "events.amazonaws.com", "kms:Decrypt", /supplies no aws:SourceAccount/],
    ["a service with a typing error", "cloudwatch.amazon.com", "sns:Publish", /no known call/],
    ["a call that the service does not make", "cloudwatch.amazonaws.com", "sqs:SendMessage", /no known call/],
  ])("sees %s", async (_, Service, Action, message) => {
    const Condition = { StringEquals: { "aws:SourceAccount": "123456789012" } };
    const statement = { Principal: { Service }, Action, Resource: "*", Condition };
    expect(await found(statement, "resource")).toEqual([expect.stringMatching(message)]);
    const correct = {
      ...statement,
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
    };
    expect(await found(correct, "resource")).toEqual([]);
  });

  it("sees what a function's permission says", async () => {
    const allowed = {
      action: "lambda:InvokeFunction",
      function_name: "hw",
      principal: "s3.amazonaws.com",
      source_account: "123456789012",
      source_arn: bucket,
    };
    const foundIn = async (change: object) => {
      const resource = { aws_lambda_permission: { id: { ...allowed, ...change } } };
      return (
        await Promise.all(policyDocuments({ resource } as unknown as Synthesized).map(findings))
      ).flat();
    };
    expect(await foundIn({})).toEqual([]);
    expect(await foundIn({ action: "lambda:Invoke" })).toContainEqual(
      expect.stringMatching(/there is no action/),
    );
    expect(await foundIn({ principal: "apigateway.amazonaws.com" })).toEqual([
      expect.stringMatching(/supplies no aws:SourceAccount/),
    ]);
  });
});
