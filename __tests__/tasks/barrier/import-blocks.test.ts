import { importProblems } from "../../../tasks/barrier/import-blocks";
import { valueAt, type Json, type JsonObject } from "../../../stacks/stack-json";
import { serviceJson } from "./synthesized-stacks";

const stack = serviceJson();
const first = valueAt(stack, "import", 0) as JsonObject;
const refused = [expect.stringMatching(/^import\.0 to .*only a log group of the stack's own/)];

/** The stack with another first import block. */
const withBlock = (block: Json): JsonObject => ({ ...stack, import: [block] });

describe("importProblems", () => {
  it("finds none where log groups are imported by their names, and none without import blocks", () => {
    expect(valueAt(stack, "import")).toHaveLength(3);
    expect(importProblems(stack)).toEqual([]);
    expect(importProblems({})).toEqual([]);
  });

  const forEach = first.for_each as string;
  it.each<[string, Json]>([
    ["another type", { ...first, to: "aws_iam_role.api_role_1" }],
    ["a log group that the stack does not have", { ...first, to: "aws_cloudwatch_log_group.other" }],
    ["another id", { ...first, id: "/aws/lambda/hw-dev-api" }],
    ["no condition", { to: first.to!, id: "/aws/lambda/hw-prod-api" }],
    ["another provider", { ...first, provider: "aws.other" }],
    ["the name of another group", { ...first, for_each: forEach.replace(/"[^"]*"/, '"/aws/lambda/other"') }],
    ["any name", { ...first, for_each: forEach.replace(/ if .*\]/, "]") }],
    ["a function in its condition", { ...first, for_each: forEach.replace("toset(", "nonsensitive(") }],
    ["a list of names", { ...first, for_each: ["/aws/lambda/hw-dev-api"] }],
    ["no object", "all"],
  ])("refuses %s", (_name, block) => {
    expect(importProblems(withBlock(block))).toEqual(refused);
  });

  it("refuses what is no list", () => {
    expect(importProblems({ ...stack, import: first })).toEqual(["import must be a list"]);
  });

  it("refuses a data source that reads the names of other groups", () => {
    const others = JSON.parse(
      JSON.stringify(stack).replace(/"log_group_name_prefix":"[^"]*"/g, '"log_group_name_prefix":"/"'),
    ) as JsonObject;
    expect(importProblems(others)).toHaveLength(3);
  });
});
