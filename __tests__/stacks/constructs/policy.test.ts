import { allow, policyDocument, trust } from "../../../stacks/constructs/policy";

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
