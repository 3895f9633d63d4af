import { identity, whoAmI } from "../../../tasks/account/identity";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const arn = "arn:aws:sts::123456789012:assumed-role/operator/session";
let aws: AwsStandIn;

beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());
beforeEach(() => {
  aws.answer = () => ({
    body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>
      <Arn>${arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  });
});

describe("the caller of AWS", () => {
  it("is the account, the region and the role of the credentials", async () => {
    expect(await identity()).toEqual({ account: "123456789012", region: "eu-west-1", arn });
  });

  it("is shown before anything is changed", async () => {
    const log = jest.spyOn(console, "log").mockImplementation();
    expect(await whoAmI()).toBe(arn);
    expect(log.mock.calls.flat()).toEqual([
      "\nChecking the AWS credentials.",
      `\nAccount 123456789012, region eu-west-1, as ${arn}.`,
    ]);
    log.mockRestore();
  });

  it("is an error that says what to set if AWS does not accept the credentials", async () => {
    aws.answer = () => ({
      status: 403,
      body: "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>invalid token</Message></Error></ErrorResponse>",
    });
    await expect(identity()).rejects.toThrow(
      "No AWS account answers (invalid token). Set credentials, for example with AWS_PROFILE, and AWS_REGION.",
    );
  });
});
