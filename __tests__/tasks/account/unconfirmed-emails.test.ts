import { SNSClient } from "@aws-sdk/client-sns";
import { unconfirmedEmails } from "../../../tasks/account/unconfirmed-emails";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

/** A page of subscriptions, as SNS lists them. */
function page(subscriptions: readonly (readonly string[])[], nextToken = ""): string {
  const members = subscriptions.map(
    ([protocol, endpoint, arn]) =>
      `<member><Protocol>${protocol}</Protocol><Endpoint>${endpoint}</Endpoint><SubscriptionArn>${arn}</SubscriptionArn></member>`,
  );
  const token = nextToken && `<NextToken>${nextToken}</NextToken>`;
  return `<R><ListSubscriptionsByTopicResult><Subscriptions>${members.join("")}</Subscriptions>${token}</ListSubscriptionsByTopicResult></R>`;
}

it("unconfirmedEmails finds the addresses on all pages that have not confirmed", async () => {
  const topic = "arn:aws-us-gov:sns:eu-west-1:123456789012:hw-approvals";
  aws.answer = ({ input }) => ({
    body:
      (input as { NextToken?: string }).NextToken === undefined
        ? page(
            [
              ["email", "confirmed@example.com", `${topic}:1`],
              ["https", "https://example.com", "PendingConfirmation"],
            ],
            "more",
          )
        : page([["email", "new@example.com", "PendingConfirmation"]]),
  });
  const client = new SNSClient({ region: "eu-west-1" });
  expect(
    await unconfirmedEmails(client, "arn:aws-us-gov:iam::123456789012:user/ada", "hw-approvals"),
  ).toEqual(["new@example.com"]);
  expect(aws.calls.map(({ input }) => input)).toMatchObject([{ TopicArn: topic }, { NextToken: "more" }]);
});
