import { failureMessage } from "../../../tasks/diff/failure";

describe("the message of a stack that cannot be planned", () => {
  it.each([
    ["no credentials", "│ Error: No valid credential sources found", /There are no AWS credentials/],
    ["expired credentials", "ExpiredToken: The security token included in the request is expired", /expired/],
    [
      "no state bucket",
      'Error: Failed to get existing workspaces: S3 bucket "hw-state" does not exist.',
      /bootstrap/,
    ],
    ["a crash of a provider", "panic: runtime error\n│ Error: Plugin did not respond", /provider crashed/],
  ])("says what to do about %s", (_, output, message) => {
    expect(failureMessage(1, output)).toMatch(message);
  });

  it("is Terraform's own error otherwise, in one line and without control characters", () => {
    const output =
      "service-dev  \u001b[31m╷\u001b[0m\n  │ \u001b[1mError: reading S3 Bucket (x): AccessDenied\u001b[0m\n  │ more";
    expect(failureMessage(1, output)).toBe("reading S3 Bucket (x): AccessDenied");
    expect(failureMessage(1, `Error: ${"x".repeat(1000)}`)).toHaveLength(300);
    expect(failureMessage(1, "⠙  Processing\nTypeError: no metadata\n")).toBe("no metadata");
  });

  it("names the signal that killed the command, or its exit code", () => {
    expect(failureMessage("SIGKILL", "")).toMatch(/killed by SIGKILL/);
    expect(failureMessage(3, "")).toMatch(/exited with 3 without a message/);
  });
});
