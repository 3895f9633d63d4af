import type { Json } from "../../../stacks/stack-json";

export const sharedRole = "arn:aws:iam::123456789012:role/build";

export const policyOf = (name: string) =>
  `arn:\${data.aws_partition.p.partition}:iam::\${data.aws_caller_identity.c.account_id}:policy/${name}`;
const topic = `arn:\${data.aws_partition.p.partition}:sns:\${data.aws_region.r.name}:\${data.aws_caller_identity.c.account_id}:hw-codebuild-failed-sns`;
export const role = "must be ${aws_iam_role.….arn} of this stack";
const goal =
  "must be arn:<partition>:sns:<region>:<account>:hw-codebuild-failed-sns or the ARN of a resource of this stack";

/** For each argument: values it may have, and values it may not, each with what is said of it. */
export const rules: Record<string, { good: (Json | undefined)[]; bad: [Json | undefined, string][] }> = {
  "aws_iam_role.permissions_boundary": {
    good: [policyOf("hw-boundary")],
    bad: [
      ...[
        undefined,
        1,
        "",
        policyOf("hw-boundary2"),
        `x${policyOf("hw-boundary")}`,
        policyOf("hw-function-boundary-prod"),
      ].map((value): [Json | undefined, string] => [
        value,
        "must be arn:<partition>:iam::<account>:policy/hw-boundary",
      ]),
    ],
  },
  "aws_iam_role.name": {
    good: ["hw-pipeline", "hw-pipeline-UnitTest"],
    bad: [
      [undefined, "must begin with hw-pipeline"],
      ["x-hw-pipeline", "must begin with hw-pipeline"],
      ["hw-prod-api", "must begin with hw-pipeline"],
      [["hw-pipeline"], "must begin with hw-pipeline"],
    ],
  },
  "aws_iam_role_policy.role": {
    good: ["${aws_iam_role.a-1.name}"],
    bad: [
      "a",
      undefined,
      "${aws_iam_role.a.arn}",
      "${data.aws_iam_role.a.name}",
      "${aws_iam_user.a.name}",
      "x${aws_iam_role.a.name}",
    ].map((value) => [value, "must be ${aws_iam_role.….name} of this stack"]),
  },
  "aws_cloudwatch_log_group.skip_destroy": {
    good: [true],
    bad: [false, undefined, "true", 1].map((value) => [
      value,
      "must be true: only the operator deletes a log",
    ]),
  },
  "aws_lambda_permission.action": {
    good: ["lambda:InvokeFunction"],
    bad: ["lambda:*", undefined, "lambda:UpdateFunctionCode", ["lambda:InvokeFunction"]].map((value) => [
      value,
      "must be lambda:InvokeFunction",
    ]),
  },
  "aws_lambda_permission.principal": {
    good: ["apigateway.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"],
    bad: ["*", undefined, "999999999999", "sns.amazonaws.com"].map((value) => [
      value,
      "must be apigateway.amazonaws.com or events.amazonaws.com or s3.amazonaws.com",
    ]),
  },
  "aws_lambda_permission.source_arn": {
    good: [
      "${aws_s3_bucket.a-1.arn}",
      "${aws_apigatewayv2_api.a.execution_arn}/*",
      "${aws_cloudwatch_event_rule.a.arn}",
    ],
    bad: [
      ...[
        "*",
        undefined,
        "arn:aws:s3:::other",
        "${aws_s3_bucket.a.arn}x",
        "x${aws_s3_bucket.a.arn}",
        "${aws_s3_bucket.a.arn}/*/*",
      ],
      ...[
        "${data.aws_x.a.arn}",
        "${aws_s3_bucket.a.id}",
        "${aws_s3_bucket.a.arn}*",
        ["${aws_s3_bucket.a.arn}"],
      ],
      ...["${gcp_x.a.arn}", "${aws_apigatewayv2_api.a.other_arn}"],
    ].map((value) => [
      value,
      "must be the ARN of a resource of this stack: otherwise the service calls it for every account",
    ]),
  },
  "aws_lambda_function.filename": {
    good: ["assets/a", "assets/A9_-/b.zip"],
    bad: [
      "/etc/passwd",
      undefined,
      "assets",
      "assets/",
      "assets/../x",
      "assets/.x",
      "xassets/a",
      "assets/a b",
      "assets//a",
      ["assets/a"],
    ].map((value) => [value, "must be a file below assets/"]),
  },
  "aws_lambda_function.role": {
    good: ["${aws_iam_role.a.arn}"],
    bad: [
      "arn:aws:iam::123456789012:role/x",
      undefined,
      "${aws_iam_role.a.name}",
      "${data.aws_iam_role.a.arn}",
    ].map((value) => [value, role]),
  },
  "aws_codebuild_project.service_role": {
    good: ["${aws_iam_role.a.arn}"],
    bad: [undefined, sharedRole, "${aws_iam_role.a.name}"].map((value) => [value, role]),
  },
  "aws_codebuild_project.source": {
    good: [{ type: "CODEPIPELINE", buildspec: "x" }, {}],
    bad: [
      [{ type: "CODEPIPELINE", location: "x" }, "has location: only buildspec, type are allowed"],
      [[{ type: "CODEPIPELINE" }], "must be an object"],
      [undefined, "must be an object"],
    ],
  },
  "aws_codepipeline.role_arn": { good: ["${aws_iam_role.a.arn}"], bad: [["arn", role]] },
  "aws_codepipeline_webhook.authentication": {
    good: ["GITHUB_HMAC"],
    bad: ["UNAUTHENTICATED", "IP", undefined].map((value) => [value, "must be GITHUB_HMAC"]),
  },
  "aws_cloudwatch_event_target.role_arn": {
    good: [undefined, "${aws_iam_role.a.arn}"],
    bad: ["arn:aws:iam::123456789012:role/x", null].map((value) => [value, role]),
  },
  "aws_cloudwatch_event_target.arn": {
    good: [topic, "${aws_lambda_alias.a.arn}"],
    bad: [
      "arn:aws:lambda:eu-west-1:999999999999:function:x",
      undefined,
      "${data.aws_x.a.arn}",
      "${aws_x.a.name}",
      `${topic}x`,
    ].map((value) => [value, goal]),
  },
  "aws_cloudwatch_metric_alarm.alarm_actions": {
    good: [undefined, [], [topic], [topic, "${aws_sns_topic.a.arn}"]],
    bad: [
      [[topic, "arn:aws:automate:eu-west-1:ec2:terminate"], goal],
      [topic, "must be a list"],
      [{}, "must be a list"],
    ],
  },
  "aws_cloudwatch_metric_alarm.ok_actions": {
    good: [undefined, [topic]],
    bad: [
      [["x"], goal],
      [null, "must be a list"],
    ],
  },
  "aws_sns_topic_subscription.protocol": {
    good: ["email"],
    bad: ["https", "lambda", "email-json", undefined].map((value) => [value, "must be email"]),
  },
  "aws_sns_topic_subscription.endpoint": {
    good: [],
    bad: ["operator@example.com", undefined].map((value) => [value, "must be pipeline_alarm_email"]),
  },
  "github_repository_webhook.repository": {
    good: ["heavy-water"],
    bad: ["other", undefined].map((value) => [value, "must be heavy-water"]),
  },
  "github_repository_webhook.configuration": {
    good: [
      { url: "${aws_codepipeline_webhook.a.url}", content_type: "json", insecure_ssl: false, secret: "x" },
    ],
    bad: [
      [
        { url: "${aws_codepipeline_webhook.a.url}", insecure_ssl: true },
        "must check GitHub's certificate of the URL",
      ],
      [{ url: "${aws_codepipeline_webhook.a.url}" }, "must check GitHub's certificate of the URL"],
      [
        { url: "https://example.com", insecure_ssl: false },
        "has a url that must be ${aws_codepipeline_webhook.….url} of this stack",
      ],
      [{ insecure_ssl: false }, "has a url that must be ${aws_codepipeline_webhook.….url} of this stack"],
      [
        { url: "x", insecure_ssl: false, proxy: "x" },
        "has proxy: only content_type, insecure_ssl, secret, url are allowed",
      ],
      ["x", "must be an object"],
    ],
  },
  "aws_codepipeline.stage": {
    good: [
      [{ action: [{ category: "Source", owner: "ThirdParty", provider: "GitHub" }] }],
      [
        { action: [{ category: "Source", owner: "ThirdParty", provider: "GitHub" }] },
        {
          action: [
            { category: "Build", owner: "AWS", provider: "CodeBuild" },
            { category: "Approval", owner: "AWS", provider: "Manual" },
            { category: "Deploy", owner: "AWS", provider: "Lambda" },
          ],
        },
      ],
    ],
    bad: [
      ["x", "must be a list of stages"],
      [undefined, "must be a list of stages"],
      [[{}], "must have a list of actions in each stage"],
      [[{ action: {} }], "must have a list of actions in each stage"],
      [[], "must begin with the source on GitHub"],
      [[{ action: [] }], "must begin with the source on GitHub"],
      [
        [{ action: [{ category: "Build", owner: "AWS", provider: "CodeBuild" }] }],
        "must begin with the source on GitHub",
      ],
      [
        [
          { action: [{ category: "Source", owner: "ThirdParty", provider: "GitHub" }] },
          {
            action: [
              { category: "Build", owner: "AWS", provider: "CodeBuild" },
              { category: "Invoke", owner: "AWS", provider: ["Lambda"] },
            ],
          },
        ],
        'has an action Invoke AWS ["Lambda"]: only Source ThirdParty GitHub, Build AWS CodeBuild, Approval AWS Manual, Deploy AWS Lambda are allowed',
      ],
      [
        [{ action: [{ category: "Source", owner: "AWS", provider: "GitHub" }] }],
        "has an action Source AWS GitHub: only Source ThirdParty GitHub, Build AWS CodeBuild, Approval AWS Manual, Deploy AWS Lambda are allowed",
      ],
    ],
  },
};
