import { driftStatus, driftText, refuseMoreThanDrift, repairText } from "../../../tasks/diff/drift";
import { resourceWith, stackWith } from "./reports";

const failed = { stack: "pipeline", error: "The credentials have expired." };
const timeout = { path: "timeout", before: "10", after: "11" };
const drift = [{ address: "aws_lambda_function.api", isDeleted: false, attributes: [timeout] }];
const unchanged = stackWith([]);
const drifted = stackWith([], { drift });

describe("drift", () => {
  it.each([
    [0, "nothing differs", [unchanged]],
    [2, "something differs", [unchanged, drifted]],
    [1, "a stack could not be compared", [drifted, failed]],
  ])("has the exit status %s if %s", (status, _, stacks) => {
    expect(driftStatus({ stacks, onlyInState: [] })).toBe(status);
  });

  it("is described by resource and attribute", () => {
    expect(driftText({ stacks: [unchanged, drifted], onlyInState: [] })).toBe(
      [
        "Changed outside of Terraform:",
        "  changed aws_lambda_function.api of service-dev",
        "      timeout: 10 → 11",
      ].join("\n"),
    );
  });

  it("is said to be none, for the stacks that were compared", () => {
    expect(driftText({ stacks: [unchanged], onlyInState: [] })).toBe(
      "Nothing was changed outside of Terraform in service-dev.",
    );
  });

  it("names the stacks that were not compared, and why", () => {
    const text = driftText({ stacks: [failed], onlyInState: ["service-stage"] });
    expect(text).toBe(
      "pipeline was not compared: The credentials have expired.\n" +
        "service-stage was not compared: it has a state, but the checked-out commit does not have it.",
    );
  });
});

describe("a repair", () => {
  const changed = resourceWith({ address: drift[0]!.address, attributes: [{ ...timeout, after: "12" }] });

  it("is allowed to change what differs", () => {
    const stack = stackWith([changed], { drift });
    expect(() => refuseMoreThanDrift(stack)).not.toThrow();
    expect(repairText(stack)).toBe("changed   aws_lambda_function.api\n    timeout: 10 → 12");
  });

  it.each([
    ["another resource", stackWith([changed, resourceWith()], { drift }), "aws_s3_bucket.documents"],
    ["an output", stackWith([changed], { drift, outputs: ["digest"] }), "output digest"],
  ])("is refused if the commit would also change %s", (_, stack, name) => {
    expect(() => refuseMoreThanDrift(stack)).toThrow(
      `Nothing was changed: the checked-out commit would also change\n  - ${name}\nCheck out the commit`,
    );
  });

  it("is refused if it would change nothing", () => {
    expect(() => refuseMoreThanDrift(drifted)).toThrow(
      "Nothing was changed: an apply of service-dev changes nothing.",
    );
  });
});
