import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { ensureTestedApi } from "../../../tasks/account/tested-api";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => (aws = await awsOfThisProcess()));
afterAll(() => aws.stop());

function ensureAmong(...items: readonly object[]): Promise<boolean> {
  aws.calls.length = 0;
  aws.answer = ({ operation }) =>
    operation === "POST" ? { status: 201, body: { apiId: "new" } } : { body: { items } };
  return ensureTestedApi(new ApiGatewayV2Client(), "hw-dev");
}
const created = () => aws.calls.filter(({ operation }) => operation === "POST").map(({ input }) => input);

describe("the API that is tested", () => {
  it("is created if no API has its name", async () => {
    const sent = jest.spyOn(ApiGatewayV2Client.prototype, "send");
    expect(await ensureAmong({ apiId: "a", name: "hw-dev-2" })).toBe(true);
    expect(created()).toEqual([expect.objectContaining({ path: "/v2/apis" })]);
    expect(sent.mock.calls.at(-1)?.[0].input).toEqual({ Name: "hw-dev", ProtocolType: "HTTP" });
    sent.mockRestore();
  });

  it("stays as it is if it exists", async () => {
    expect(await ensureAmong({ apiId: "a", name: "hw-dev" })).toBe(false);
    expect(created()).toEqual([]);
  });

  it("must be the only one with its name", async () => {
    await expect(ensureAmong({ apiId: "a", name: "hw-dev" }, { apiId: "b", name: "hw-dev" })).rejects.toThrow(
      /named hw-dev: a, b\. Delete those that are not the pipeline's/,
    );
    expect(created()).toEqual([]);
  });
});
