import { GetAliasCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { approvalReasons } from "../../../tasks/build/approval-reasons";
import type { Plan, ResourceChange } from "../../../tasks/terraform/plan";
import { settingsWith } from "../../support/settings";

const change = (actions: string[], more: Partial<ResourceChange["change"]> = {}) => ({
  actions,
  before: {},
  after: {},
  after_unknown: {},
  ...more,
});
const outputs = {
  api_url: { actions: ["no-op"], after: "https://example.com" },
  api_version: { actions: ["no-op"], after: "7" },
  record_object_version: { actions: ["no-op"], after: "3" },
};
const empty: Plan = {
  resource_changes: [
    { address: "aws_sqs_queue.events", change: change(["no-op"]) },
    { address: "data.aws_region.region", change: change(["read"]) },
  ],
  output_changes: outputs,
};
const withResource = (one: ResourceChange): Plan => ({ ...empty, resource_changes: [one] });

/** What GetAlias answers for a function; an error is thrown. */
type Aliases = Readonly<Record<string, object>>;

const live: Aliases = {
  "hw-prod-api": { FunctionVersion: "7" },
  "hw-prod-record-object": { FunctionVersion: "3" },
};

function reasons(
  plan: Plan,
  aliases: Aliases = {},
  pipelineChanged: string | undefined = "no",
  approval = "true",
) {
  const client = new LambdaClient({ region: "eu-west-1" });
  client.send = ((command: GetAliasCommand) => {
    const { FunctionName = "", Name } = command.input;
    expect(Name).toBe("live");
    const answer = { ...live, ...aliases }[FunctionName]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }) as typeof client.send;
  return approvalReasons(client, settingsWith({ pipeline_manual_approval: approval }), plan, pipelineChanged);
}

describe("a deployment to production", () => {
  it("needs no approval if the plan is empty, every version is live and the pipeline does not change", async () => {
    expect(await reasons(empty)).toEqual([]);
  });

  it.each<[string, Plan]>([
    ["updates a resource", withResource({ address: "a.b", change: change(["update"]) })],
    ["imports a resource", withResource({ address: "a.b", change: change(["no-op"], { importing: {} }) })],
    [
      "moves a resource",
      withResource({ address: "a.b", previous_address: "a.c", change: change(["no-op"]) }),
    ],
    ["forgets a resource", withResource({ address: "a.b", change: change(["forget"]) })],
    [
      "changes an output",
      { ...empty, output_changes: { ...outputs, api_url: { actions: ["update"], after: "b" } } },
    ],
  ])("needs an approval if the plan %s", async (_, plan) => {
    expect(await reasons(plan)).toEqual(["the plan"]);
  });

  it.each<[string, object]>([
    ["another version is live", { FunctionVersion: "6" }],
    [
      "another version gets a part of the traffic",
      { FunctionVersion: "7", RoutingConfig: { AdditionalVersionWeights: { "6": 0.9 } } },
    ],
    ["the alias is missing", new ResourceNotFoundException({ message: "no alias", $metadata: {} })],
  ])("needs an approval if %s", async (_, alias) => {
    expect(await reasons(empty, { "hw-prod-api": alias })).toEqual(["the release of api 7"]);
  });

  it("names every version that waits", async () => {
    const aliases = {
      "hw-prod-api": { FunctionVersion: "6" },
      "hw-prod-record-object": { FunctionVersion: "2" },
    };
    expect(await reasons(empty, aliases)).toEqual(["the release of api 7 and record-object 3"]);
  });

  it("needs an approval if an empty plan does not have the version of a function", async () => {
    const { api_version: _, ...others } = outputs;
    expect(await reasons({ ...empty, output_changes: others })).toEqual(["the release of api undefined"]);
  });

  it("needs an approval if the pipeline changes, or in any case if the setting says so", async () => {
    expect(await reasons(empty, {}, "yes")).toEqual(["the pipeline"]);
    // The variable is missing.
    expect(await reasons(empty, {}, "")).toEqual(["the pipeline"]);
    expect(await reasons(empty, {}, "no", "always")).toEqual(["the setting"]);
  });

  it("lists every reason, but no version that is not published yet", async () => {
    const plan = {
      resource_changes: [{ address: "aws_lambda_function.api", change: change(["update"]) }],
      output_changes: { ...outputs, api_version: { actions: ["update"] } },
    };
    const aliases = { "hw-prod-record-object": { FunctionVersion: "2" } };
    expect(await reasons(plan, aliases, "yes", "always")).toEqual([
      "the plan",
      "the release of record-object 3",
      "the pipeline",
      "the setting",
    ]);
  });

  it("fails where Lambda does not answer", async () => {
    const denied = new Error("not authorized to perform lambda:GetAlias");
    await expect(reasons(empty, { "hw-prod-api": denied })).rejects.toThrow(denied);
  });
});
