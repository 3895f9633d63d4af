import { changedDefinition, checkCredentials, stacksWithState } from "../../../tasks/diff/account";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

const settings = settingsWith();

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

const error = (status: number, code: string): Reply => ({
  status,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`,
});
const s3Error = (status: number, code: string): Reply => ({
  status,
  body: `<Error><Code>${code}</Code><Message>m</Message></Error>`,
});

/** Returns what S3 answers to a list of keys. */
const list = (...keys: string[]): Reply => ({
  body: `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}</ListBucketResult>`,
});

describe("a diff without access to the account", () => {
  it.each([
    [403, "ExpiredToken", "The AWS credentials have expired."],
    [403, "InvalidClientTokenId", "AWS does not accept the credentials."],
  ])("says what to do after %i %s", async (status, code, message) => {
    aws.answer = () => error(status, code);
    await expect(checkCredentials()).rejects.toThrow(message);
  });

  it("says what to do without credentials", async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    process.env.AWS_EC2_METADATA_DISABLED = "true";
    await expect(checkCredentials()).rejects.toThrow("There are no AWS credentials.");
    Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
  });

  it("says that nothing is deployed when there is no state bucket", async () => {
    aws.answer = () => s3Error(404, "NoSuchBucket");
    await expect(stacksWithState(settings)).rejects.toThrow("Run npm run bootstrap first");
  });
});

describe("the stacks with a state", () => {
  it("are those of the states in the bucket, and of no other object there", async () => {
    const keys = ["hw/pipeline.tfstate", "hw/service-old.tfstate", "hw/pipeline.tfstate.tflock"];
    aws.answer = () => list(...keys, "hw/pipeline.definition.json");
    expect(await stacksWithState(settings)).toEqual(["pipeline", "service-old"]);
    expect(aws.calls.at(-1)?.input.path).toMatch(/prefix=hw%2F/);
  });

  it("are none where no stack is deployed yet", async () => {
    aws.answer = () => list();
    expect(await stacksWithState(settings)).toEqual([]);
  });
});

describe("the deployed definition", () => {
  it("that cannot be read is a finding, which stops nothing else", async () => {
    aws.answer = () => s3Error(403, "AccessDenied");
    expect(await changedDefinition(settings)).toEqual({
      error: expect.stringContaining("after the next npm run bootstrap") as string,
    });
    aws.answer = () => s3Error(500, "InternalError");
    expect(await changedDefinition(settings)).toEqual({ error: "InternalError: m" });
  });
});
