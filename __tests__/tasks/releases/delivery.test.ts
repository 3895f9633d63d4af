import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { readDelivery, recordDelivery } from "../../../tasks/releases/delivery";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => (aws = await awsOfThisProcess()));
afterAll(() => aws.stop());

const delivery = { commit: "c0ffee", version: "7" };
const API = { apiId: "a", name: "hw-dev" };

/** Answers with these APIs, and what a question about the stage gets. */
function account(apis: object[], stage: Reply = { body: { stageVariables: delivery } }): void {
  aws.calls.length = 0;
  aws.answer = ({ input }) => (String(input.path).includes("/stages/") ? stage : { body: { items: apis } });
}
const read = () => readDelivery(new ApiGatewayV2Client({ maxAttempts: 1 }), "hw-dev");
const refused = (type: string): Reply => ({
  status: 404,
  headers: { "x-amzn-errortype": type },
  body: { message: "no" },
});

describe("the delivery of an environment", () => {
  it("is in the variables of its API's stage", async () => {
    account([{ apiId: "x", name: "hw-prod" }, API]);
    expect(await read()).toEqual(delivery);
    expect(decodeURIComponent(String(aws.calls.at(-1)?.input.path))).toBe("/v2/apis/a/stages/$default");
  });

  it.each<[string, object[], Reply]>([
    ["no API", [], {}],
    ["an API without a stage", [API], refused("NotFoundException")],
    ["a stage without variables", [API], { body: {} }],
    ["a stage without a commit", [API], { body: { stageVariables: { version: "7" } } }],
    ["a stage without a version", [API], { body: { stageVariables: { commit: "c0ffee" } } }],
  ])("is not known with %s", async (_, apis, stage) => {
    account(apis, stage);
    expect(await read()).toBeUndefined();
  });

  it("is an error if API Gateway refuses to say", async () => {
    account([API], { ...refused("BadRequestException"), status: 400 });
    await expect(read()).rejects.toMatchObject({ name: "BadRequestException" });
  });
});

describe("recording a delivery", () => {
  const record = () => recordDelivery(new ApiGatewayV2Client(), "hw-dev", delivery);

  it("sets both variables of the stage", async () => {
    account([API], { body: {} });
    const sent = jest.spyOn(ApiGatewayV2Client.prototype, "send");
    await record();
    expect(sent.mock.calls.at(-1)?.[0].input).toEqual({
      ApiId: "a",
      StageName: "$default",
      StageVariables: delivery,
    });
    sent.mockRestore();
  });

  it.each([
    [0, []],
    [2, [API, { ...API, apiId: "b" }]],
  ])("is refused with %p APIs of the name", async (count, apis) => {
    account(apis);
    await expect(record()).rejects.toThrow(`${count} HTTP APIs are named hw-dev, instead of one.`);
  });
});
