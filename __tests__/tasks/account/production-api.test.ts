import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { ensureProductionApi } from "../../../tasks/account/production-api";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => (aws = await awsOfThisProcess()));
afterAll(() => aws.stop());

/** Answers with these APIs, a page each. */
function apis(...pages: readonly object[][]): void {
  aws.calls.length = 0;
  aws.answer = ({ operation, input }) => {
    if (operation === "POST") return { status: 201, body: { apiId: "new" } };
    const page = Number(/nextToken=(\d+)/.exec(String(input.path))?.[1] ?? 0);
    return { body: { items: pages[page], ...(page + 1 < pages.length && { nextToken: `${page + 1}` }) } };
  };
}
const ensure = () => ensureProductionApi(new ApiGatewayV2Client(), "hw-prod", "aws");
/** What was created or tagged: the path, and the tags that were given. */
const posted = () =>
  aws.calls
    .filter(({ operation }) => operation === "POST")
    .map(({ input }) => decodeURIComponent(String(input.path)));
const TAGGED = { apiId: "b", name: "hw-prod", tags: { hw_api: "hw-prod" } };

it("ensureProductionApi creates the API if no API has the name", async () => {
  apis([{ apiId: "a", name: "hw-dev" }], [{ apiId: "b", name: "hw-prod-other" }]);
  const sent = jest.spyOn(ApiGatewayV2Client.prototype, "send");
  expect(await ensure()).toBe(true);
  expect(posted()).toEqual(["/v2/apis"]);
  expect(sent.mock.calls.at(-1)?.[0].input).toEqual({
    Name: "hw-prod",
    ProtocolType: "HTTP",
    Tags: { hw_api: "hw-prod" },
  });
  sent.mockRestore();
});

it("ensureProductionApi leaves an existing API alone, on whatever page it is listed", async () => {
  apis([{ apiId: "a", name: "hw-dev" }], [TAGGED]);
  expect(await ensure()).toBe(false);
  expect(posted()).toEqual([]);
});

it("ensureProductionApi tags an existing API that lacks the tag", async () => {
  for (const tags of [{ hw_api: "other" }, {}, undefined]) {
    apis([{ apiId: "b", name: "hw-prod", tags }]);
    const sent = jest.spyOn(ApiGatewayV2Client.prototype, "send");
    expect(await ensure()).toBe(false);
    expect(posted()).toEqual(["/v2/tags/arn:aws:apigateway:eu-west-1::/apis/b"]);
    expect(sent.mock.calls.at(-1)?.[0].input).toMatchObject({ Tags: { hw_api: "hw-prod" } });
    sent.mockRestore();
  }
});

it("ensureProductionApi names all APIs if several have the name", async () => {
  apis([{ apiId: "a", name: "hw-prod" }], [{ apiId: "b", name: "hw-prod" }]);
  await expect(ensure()).rejects.toThrow(/named hw-prod: a, b\. Delete those that are not production's/);
  expect(posted()).toEqual([]);
});
