import { apiCallEvent, type ApiCall } from "../../src/aws/api-call";

const aws = { account: "111122223333", region: "eu-west-1" };
const approval: ApiCall = {
  service: "codepipeline",
  operation: "PutApprovalResult",
  caller: "arn:aws:sts::111122223333:assumed-role/Approver/alice@example.com",
  input: { pipelineName: "hw-pipeline", result: { status: "Approved", summary: "Read it" }, token: "secret" },
};

const detail = (call: Partial<ApiCall>) =>
  JSON.parse(apiCallEvent(aws, { ...approval, ...call })!.Detail!) as Record<string, unknown>;

it("names who approved what and when, without the token", () => {
  expect(apiCallEvent(aws, approval)).toMatchObject({
    Source: "aws.codepipeline",
    DetailType: "AWS API Call via CloudTrail",
  });
  expect(detail({})).toMatchObject({
    eventSource: "codepipeline.amazonaws.com",
    eventName: "PutApprovalResult",
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    awsRegion: "eu-west-1",
    userIdentity: {
      type: "AssumedRole",
      arn: approval.caller,
      sessionContext: {
        sessionIssuer: { type: "Role", arn: "arn:aws:iam::111122223333:role/Approver", userName: "Approver" },
      },
    },
    requestParameters: { pipelineName: "hw-pipeline", result: { status: "Approved", summary: "Read it" } },
  });
  expect(detail({}).requestParameters).not.toHaveProperty("token");
  expect(detail({})).not.toHaveProperty("errorCode");
});

it.each([
  ["arn:aws:iam::111122223333:root", { type: "Root", principalId: "111122223333" }],
  ["arn:aws:iam::111122223333:user/team/bob", { type: "IAMUser", userName: "bob" }],
])("names %s as CloudTrail does, without the issuer of a session", (caller, identity) => {
  const { userIdentity } = detail({ caller });
  expect(userIdentity).toMatchObject({ ...identity, arn: caller, accountId: "111122223333" });
  expect(userIdentity).not.toHaveProperty("sessionContext");
});

it("contains the error code of a call", () => {
  expect(detail({ errorCode: "InvalidApprovalTokenException" })).toMatchObject({
    errorCode: "InvalidApprovalTokenException",
  });
});

it.each([
  ["codepipeline", "GetPipelineState"],
  ["codebuild", "StartBuild"],
])("omits %s:%s", (service, operation) => {
  expect(apiCallEvent(aws, { ...approval, service, operation })).toBeUndefined();
});
