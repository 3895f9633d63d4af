import { pipelineStack, serviceStack, synthesized } from "../../support/synth";
import type { JsonObject } from "../../../stacks/stack-json";
import { driftOf } from "../../../tasks/drift/compare-stack";
import { withoutResources } from "../../../tasks/drift/kept-stacks";
import type { Plan, ResourceChange } from "../../../tasks/terraform/plan";

const stack: JsonObject = {
  resource: {
    aws_lambda_alias: {
      live: { function_version: "1", name: "live", lifecycle: { ignore_changes: ["function_version"] } },
    },
    aws_lambda_function: { api: { timeout: 10, description: "" } },
  },
};

function changed(address: string, before: object, after: object | null): ResourceChange {
  return {
    address,
    change: {
      actions: [after === null ? "delete" : "update"],
      before: before as Record<string, unknown>,
      after: after as Record<string, unknown> | null,
      after_unknown: {},
    },
  };
}

const find = (...drift: ResourceChange[]) =>
  driftOf("service-prod", stack, { resource_drift: drift } satisfies Plan);
const api = (before: object, after: object | null) => find(changed("aws_lambda_function.api", before, after));

describe("the drift of a stack", () => {
  it("is what differs in the arguments that the stack sets", () => {
    const { lines, digest } = api({ timeout: 10, last_modified: "1" }, { timeout: 11, last_modified: "2" });
    expect(lines).toEqual(["changed aws_lambda_function.api of service-prod", "    timeout: 10 → 11"]);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is nothing where only other attributes differ, or arguments that others are allowed to change", () => {
    const quiet = { lines: [], digest: "" };
    expect(api({ last_modified: "1" }, { last_modified: "2" })).toEqual(quiet);
    expect(
      find(changed("aws_lambda_alias.live", { function_version: "1" }, { function_version: "2" })),
    ).toEqual(quiet);
  });

  it("names a resource that was deleted", () => {
    const { lines, digest } = api({ timeout: 10 }, null);
    expect(lines).toEqual(["deleted aws_lambda_function.api of service-prod"]);
    expect(digest).not.toBe("");
  });

  it("has a digest of the complete values, which the text cuts", () => {
    const long = (end: string) => api({ description: "" }, { description: "x".repeat(1000) + end });
    expect(long("a").lines).toEqual(long("b").lines);
    expect(long("a").digest).not.toBe(long("b").digest);
    expect(long("a").digest).toBe(long("a").digest);
  });

  it("has the same digest whatever else AWS reports", () => {
    const at = (last_modified: string) => api({ timeout: 10 }, { timeout: 11, last_modified }).digest;
    expect(at("1")).toBe(at("2"));
  });
});

describe("a stack without its resources", () => {
  it.each([
    ["production's", serviceStack()],
    ["the pipeline's", pipelineStack()],
  ])("has %s backend and providers, and refers to nothing that is left out", (_, one) => {
    const whole = synthesized(one) as unknown as JsonObject;
    const rest = withoutResources(whole);
    expect(rest).toMatchObject({ terraform: whole.terraform, provider: whole.provider });
    const text = JSON.stringify(rest);
    for (const type of Object.keys(whole.resource as object)) expect(text).not.toContain(`\${${type}.`);
    expect(text).not.toContain("filebase64sha256");
  });
});
