import { list, resourcesOf, permissionsByRole, stateStack, statements, synthesized } from "../support/synth";

interface Pattern {
  readonly detail: {
    readonly userIdentity: {
      readonly sessionContext: { readonly sessionIssuer: { readonly arn: object[] } };
    };
    readonly $or: readonly object[];
  };
}

const stack = synthesized(stateStack());

function ruleNamed(name: string, of = stack) {
  const [rule] = resourcesOf(of, "aws_cloudwatch_event_rule").filter((one) => one.name === name);
  return {
    provider: rule?.provider,
    count: rule?.count,
    pattern: JSON.parse(String(rule?.event_pattern)) as Pattern,
  };
}

const exempt = (name: string, of = stack) =>
  ruleNamed(name, of).pattern.detail.userIdentity.sessionContext.sessionIssuer.arn;

it.each(["hw-changes", "hw-iam-changes"])(
  "the rule %s exempts the roles that deploy, and no others",
  (name) => {
    const step = (of: string) => expect.stringMatching(new RegExp(`:role/hw-pipeline-${of}$`)) as string;
    expect(exempt(name)).toEqual([
      // Users and the root: a condition on a missing field does not hold.
      { exists: false },
      { "anything-but": [step("DeployOnDev"), step("DeployOnProd"), step("SelfUpdate")] },
    ]);
    const shared = "arn:aws:iam::123456789012:role/build";
    expect(exempt(name, synthesized(stateStack({ codebuild_role_arn: shared })))).toEqual([
      { exists: false },
      { "anything-but": [shared] },
    ]);
  },
);

it("the rule on changes matches what has the stack's name, the state bucket, and every key", () => {
  expect(ruleNamed("hw-changes").pattern.detail.$or).toEqual([
    { requestParameters: { roleName: [{ prefix: "hw-" }] } },
    {
      requestParameters: { policyArn: [{ prefix: expect.stringMatching(/^arn:.*:policy\/hw-$/) as string }] },
    },
    { eventName: expect.arrayContaining(["PutKeyPolicy"]) as string[], eventSource: ["kms.amazonaws.com"] },
    {
      eventName: expect.arrayContaining(["DeleteLogGroup", "PutRetentionPolicy"]) as string[],
      requestParameters: { logGroupName: [{ wildcard: "/aws/*/hw-*" }] },
    },
    {
      eventName: [{ prefix: "PutBucket" }, { prefix: "DeleteBucket" }],
      requestParameters: { bucketName: ["acme-heavy-water-artifacts-state"] },
    },
  ]);
});

it.each(["hw-changes", "hw-iam-changes", "hw-approvals"])(
  "the pattern of %s is below the quota of 2,048 characters, with long names",
  (name) => {
    // The longest that the boundary leaves room for.
    const stackName = "a".repeat(16);
    const long = { hw_stack_name: stackName, pipeline_bucket_name: "c".repeat(20) };
    const rule = ruleNamed(name.replace("hw", stackName), synthesized(stateStack(long)));
    // The longest partition, region or account id.
    expect(JSON.stringify(rule.pattern).replace(/\$\{[^}]*\}/g, "ap-northeast-1").length).toBeLessThan(2048);
  },
);

it("the rules on changes are about successful calls that CloudTrail sends", () => {
  for (const [name, source] of [
    ["hw-changes", ["aws.iam", "aws.kms", "aws.logs", "aws.s3"]],
    ["hw-iam-changes", ["aws.iam"]],
  ] as const)
    expect(ruleNamed(name).pattern).toMatchObject({
      source,
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: { errorCode: [{ exists: false }] },
    });
});

it("a change of a role or a policy of the stack is notified wherever IAM is", () => {
  expect(ruleNamed("hw-iam-changes").pattern.detail.$or).toEqual(
    ruleNamed("hw-changes").pattern.detail.$or.slice(0, 2),
  );
});

it.each([
  ["opens or disables a key", 2, ["PutKeyPolicy", "CreateGrant", "DisableKey", "ScheduleKeyDeletion"]],
  [
    "shortens or hides a log",
    3,
    [
      ...["DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "DeleteRetentionPolicy"],
      ...["AssociateKmsKey", "DisassociateKmsKey", "PutDataProtectionPolicy"],
    ],
  ],
])("every call that %s is notified", (_, index, calls) => {
  expect(ruleNamed("hw-changes").pattern.detail.$or[index]).toMatchObject({ eventName: calls });
});

it("every call that moves the pipeline by hand is logged, whichever parameter names the pipeline", () => {
  expect(ruleNamed("hw-approvals").pattern).toEqual({
    source: ["aws.codepipeline"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventName: [
        ...["PutApprovalResult", "OverrideStageCondition", "RollbackStage", "RetryStageExecution"],
        ...[
          "StartPipelineExecution",
          "StopPipelineExecution",
          "EnableStageTransition",
          "DisableStageTransition",
        ],
      ],
      $or: [
        { requestParameters: { pipelineName: ["hw-pipeline"] } },
        { requestParameters: { name: ["hw-pipeline"] } },
      ],
    },
  });
});

it("the rules publish to the topic, forward to the region's event bus, and write to the log of approvals", () => {
  const targets = resourcesOf(stack, "aws_cloudwatch_event_target").map(({ target_id, arn }) => [
    target_id,
    arn,
  ]);
  expect(Object.fromEntries(targets)).toEqual({
    topic: expect.stringMatching(/^arn:.*:sns:.*:hw-codebuild-failed-sns$/) as string,
    bus: expect.stringMatching(/^arn:.*:events:.*:event-bus\/default$/) as string,
    log: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.approvals\w*\.arn\}$/) as string,
  });
});

it("the provider of us-east-1 asks for nothing there: another partition has no such region", () => {
  const { provider } = stack as unknown as { provider: { aws: object[] } };
  expect(provider.aws).toEqual([
    {},
    {
      alias: "us-east-1",
      region: "us-east-1",
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
    },
  ]);
});

it("a rule forwards IAM's events from us-east-1, unless the stack is there", () => {
  const { provider, count } = ruleNamed("hw-iam-changes");
  expect(provider).toBe("aws.us-east-1");
  expect(count).toMatch(/^\$\{\(\(.*region.* != "us-east-1"\) && \(.*partition.* == "aws"\)\) \? 1 : 0\}$/);
  expect(resourcesOf(stack, "aws_cloudwatch_event_target")).toContainEqual(
    expect.objectContaining({ rule: "hw-iam-changes", target_id: "bus", provider, count }),
  );
});

it("the rules publish and forward with roles that no build can change: they do not have the boundary", () => {
  const roles = resourcesOf(stack, "aws_iam_role").filter(({ name }) => name !== "hw-diff");
  expect(roles.map(({ name }) => name)).toEqual(["hw-changes", "hw-iam-changes"]);
  for (const role of roles) {
    expect(role).not.toHaveProperty("permissions_boundary");
    const [trust, ...others] = statements(role.assume_role_policy);
    expect(others).toEqual([]);
    const rule = expect.stringMatching(new RegExp(`:rule/${String(role.name)}$`)) as string;
    expect(trust).toMatchObject({
      Principal: { Service: "events.amazonaws.com" },
      Condition: { ArnEquals: { "aws:SourceArn": rule } },
    });
  }
  const permissions = permissionsByRole(stack);
  const actions = (name: string) => permissions[name]!.flatMap(({ Action }) => list(Action));
  expect(actions("hw-iam-changes")).toEqual(["events:PutEvents"]);
  expect(actions("hw-changes")).toEqual(["sns:Publish", "kms:Decrypt", "kms:GenerateDataKey*"]);
});

it("calls that move the pipeline by hand are logged for a year, including denied ones", () => {
  const { pattern } = ruleNamed("hw-approvals");
  expect(pattern.detail).toMatchObject({
    eventName: expect.arrayContaining(["PutApprovalResult", "OverrideStageCondition"]) as string[],
  });
  expect(pattern.detail).not.toHaveProperty("errorCode");
  expect(pattern.detail).not.toHaveProperty("userIdentity");
  expect(resourcesOf(stack, "aws_cloudwatch_log_group")).toMatchObject([
    { name: "/aws/events/hw-approvals", retention_in_days: 365, skip_destroy: true },
  ]);
});

it("an alarm notifies the topic when a rule cannot deliver", () => {
  const topic = expect.stringMatching(/:hw-codebuild-failed-sns$/) as string;
  expect(resourcesOf(stack, "aws_cloudwatch_metric_alarm")).toMatchObject([
    { alarm_name: "hw-approvals-not-logged", metric_name: "FailedInvocations", alarm_actions: [topic] },
    { alarm_name: "hw-changes-not-notified", metric_name: "FailedInvocations", alarm_actions: [topic] },
  ]);
});

it("the state stack of a branch has no rules", () => {
  const branch = synthesized(
    stateStack({
      pipeline_environment: "dev",
      hw_stack_name: "hw_develop",
      pipeline_githubBranch: "develop",
    }),
  );
  expect(branch.resource).not.toHaveProperty("aws_cloudwatch_event_rule");
});
