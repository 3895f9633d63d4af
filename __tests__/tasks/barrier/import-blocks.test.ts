import { importProblems } from "../../../tasks/barrier/import-blocks";
import { valueAt, type Json, type JsonObject } from "../../../stacks/stack-json";
import { serviceJson } from "./synthesized-stacks";

const stack = serviceJson();
const blocks = valueAt(stack, "import") as readonly JsonObject[];
const first = blocks.find(({ to }) => String(to as string).startsWith("aws_cloudwatch_log_group."))!;
const api = blocks.find(({ to }) => String(to as string).startsWith("aws_apigatewayv2_api."))!;
const refused = [expect.stringMatching(/^import\.0 to .*only a log group or the API of the stack/)];

/** The stack with another first import block. */
const withBlock = (block: Json): JsonObject => ({ ...stack, import: [block] });

describe("importProblems", () => {
  it("accepts imports of log groups by their names, and a stack without import blocks", () => {
    expect(valueAt(stack, "import")).toHaveLength(4);
    expect(importProblems(stack)).toEqual([]);
    expect(importProblems({})).toEqual([]);
  });

  const forEach = first.for_each as string;
  it.each<[string, Json]>([
    ["another type", { ...first, to: "aws_iam_role.api_role_1" }],
    ["a log group that the stack does not have", { ...first, to: "aws_cloudwatch_log_group.other" }],
    [
      "one that is not there by no name",
      { ...first, to: "aws_cloudwatch_log_group.other", for_each: '${toset(["x"])}' },
    ],
    ["another id", { ...first, id: "/aws/lambda/hw-dev-api" }],
    ["no condition", { to: first.to!, id: "/aws/lambda/hw-prod-api" }],
    ["another provider", { ...first, provider: "aws.other" }],
    ["the name of another group", { ...first, for_each: forEach.replace(/"[^"]*"/, '"/aws/lambda/other"') }],
    ["any name", { ...first, for_each: forEach.replace(/ if .*\]/, "]") }],
    ["a function in its condition", { ...first, for_each: forEach.replace("toset(", "nonsensitive(") }],
    ["a list of names", { ...first, for_each: ["/aws/lambda/hw-dev-api"] }],
    ["no object", "all"],
    ["an API that is found as a log group", { ...api, for_each: forEach }],
    ["an API by its id", { ...api, for_each: '${toset(["abc"])}' }],
    ["the API of another stack", { ...api, to: "aws_apigatewayv2_api.other" }],
    ["a log group of a module", { ...first, to: `module.x.${first.to as string}` }],
    ["one of several log groups", { ...first, to: `${first.to as string}[0]` }],
    ["more in front of a log group's condition", { ...first, for_each: `x${forEach}` }],
    ["more behind a log group's condition", { ...first, for_each: `${forEach}x` }],
    ["more in front of an API's condition", { ...api, for_each: `x${api.for_each as string}` }],
    ["more behind an API's condition", { ...api, for_each: `${api.for_each as string}x` }],
  ])("refuses %s", (_name, block) => {
    expect(importProblems(withBlock(block))).toEqual(refused);
  });

  it("names the resource, if the block has one", () => {
    expect(importProblems(withBlock({ ...first, to: "aws_iam_role.x" }))).toEqual([
      'import.0 to "aws_iam_role.x": only a log group or the API of the stack is allowed, by its name',
    ]);
    expect(importProblems(withBlock({ ...first, to: 1 }))).toEqual([
      'import.0 to "": only a log group or the API of the stack is allowed, by its name',
    ]);
  });

  it("refuses anything but a list", () => {
    expect(importProblems({ ...stack, import: first })).toEqual(["import must be a list"]);
  });

  it("refuses a data source that reads the names of other groups", () => {
    const others = JSON.parse(
      JSON.stringify(stack).replace(/"log_group_name_prefix":"[^"]*"/g, '"log_group_name_prefix":"/"'),
    ) as JsonObject;
    expect(importProblems(others)).toHaveLength(3);
  });

  it("refuses a data source that finds another API", () => {
    const data = JSON.stringify(valueAt(stack, "data", "aws_apigatewayv2_apis")).replaceAll("hw-prod", "hw");
    const others = {
      ...stack,
      data: { ...(stack.data as JsonObject), aws_apigatewayv2_apis: JSON.parse(data) as JsonObject },
    };
    expect(importProblems(others)).toHaveLength(1);
  });
});
