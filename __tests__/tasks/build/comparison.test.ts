import { comparisonOf } from "../../../tasks/build/comparison";
import type { Plan, ResourceChange } from "../../../tasks/terraform/plan";

const DEPLOYED = "a".repeat(40);

/** A change of a resource that had the variable COMMIT. */
function resource(address: string, commit: unknown): ResourceChange {
  const before = { environment: [{ variables: { COMMIT: commit } }] };
  return { address, change: { actions: ["update"], before, after: null, after_unknown: false } };
}

function comparison(...resource_changes: ResourceChange[]): string {
  return comparisonOf({ resource_changes } satisfies Plan);
}

describe("the page on GitHub that an approval links to", () => {
  it("compares the commit that the functions have with the one that follows", () => {
    const created: ResourceChange = {
      address: "aws_lambda_function.new",
      change: { actions: ["create"], before: null, after: {}, after_unknown: false },
    };
    expect(comparison(created, resource("aws_lambda_function.hw-prod-api_A1", DEPLOYED))).toBe(
      `compare/${DEPLOYED}...`,
    );
  });

  it("compares the delivered commit, where the function was last changed by an earlier one", () => {
    const delivered = "b".repeat(40);
    const stage: ResourceChange = {
      address: "aws_apigatewayv2_stage.http_stage_A1",
      change: {
        actions: ["no-op"],
        before: { stage_variables: { commit: delivered, version: "7" } },
        after: {},
        after_unknown: false,
      },
    };
    const api = resource("aws_lambda_function.api", DEPLOYED);
    expect(comparison(api, stage)).toBe(`compare/${delivered}...`);
    const unset = { ...stage, change: { ...stage.change, before: { stage_variables: null } } };
    expect(comparison(api, unset)).toBe(`compare/${DEPLOYED}...`);
  });

  it.each([
    ["nothing is deployed", []],
    ["a function has no variables", [resource("aws_lambda_function.api", undefined)]],
    ["another resource has such a variable", [resource("aws_codebuild_project.api", DEPLOYED)]],
    ...[`${DEPLOYED}0`, `x${DEPLOYED}`, "A".repeat(40), "../../evil", `${DEPLOYED}\n`, 7, [DEPLOYED]].map(
      (commit): [string, ResourceChange[]] => [
        `the variable is ${JSON.stringify(commit)}`,
        [resource("aws_lambda_function.api", commit)],
      ],
    ),
  ])("is the commit's own where %s", (_, changes) => {
    expect(comparison(...changes)).toBe("commit/");
  });

  it("is the commit's own where the plan changes nothing", () => {
    expect(comparisonOf({})).toBe("commit/");
  });
});
