import { allow, deny, merged, policyDocument, trust } from "../../../stacks/constructs/policy";

it("a policy document has the statements as IAM accepts them, without their reasons", () => {
  const document = policyDocument([
    allow("s3:GetObject", "*", "for a reason"),
    trust("lambda.amazonaws.com", "for another"),
  ]);
  expect(JSON.parse(document)).toEqual({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  });
});

it("statements that differ only in their actions or only in their resources become one", () => {
  const condition = { Condition: { StringEquals: { "aws:SourceAccount": "1" } } };
  const statements = [
    allow("s3:GetObject", "a", "for a reason"),
    allow(["s3:GetObject", "s3:PutObject"], "a", "for another"),
    allow("sqs:SendMessage", "b", ""),
    allow("sqs:SendMessage", ["c", "b"], ""),
    { ...allow("s3:GetObject", "a", ""), ...condition },
    deny("s3:GetObject", "a", ""),
  ];
  expect(merged(statements)).toEqual([
    { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "a" },
    { Effect: "Allow", Action: "sqs:SendMessage", Resource: ["b", "c"] },
    { Effect: "Allow", ...condition, Action: "s3:GetObject", Resource: "a" },
    { Effect: "Deny", Action: "s3:GetObject", Resource: "a" },
  ]);
});
