import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { ensureProductionApi } from "../../tasks/production-api";
import { awsOfThisProcess, type AwsStandIn } from "./aws-stand-in";

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
const ensure = () => ensureProductionApi(new ApiGatewayV2Client(), "hw-prod");
const created = () => aws.calls.filter(({ operation }) => operation === "POST").length;

it("creates the API where there is none of that name", async () => {
  apis([{ apiId: "a", name: "hw-dev" }], [{ apiId: "b", name: "hw-prod-other" }]);
  expect(await ensure()).toBe(true);
  expect(created()).toBe(1);
});

it("leaves the one that is there, on whatever page", async () => {
  apis([{ apiId: "a", name: "hw-dev" }], [{ apiId: "b", name: "hw-prod" }]);
  expect(await ensure()).toBe(false);
  expect(created()).toBe(0);
});

it("names all of them where there are several", async () => {
  apis([{ apiId: "a", name: "hw-prod" }], [{ apiId: "b", name: "hw-prod" }]);
  await expect(ensure()).rejects.toThrow(/named hw-prod: a, b\. Delete those that are not production's/);
  expect(created()).toBe(0);
});
