import { refuseUnread } from "../../../tasks/build/prepare-releases";

const refuse = (reasons: string | undefined, approval: boolean | "always" = true) =>
  refuseUnread("7", "hw-prod-api", { pipeline_manual_approval: approval }, reasons);

describe("a release", () => {
  it.each([true, "always"] as const)(
    "is refused if the approval was skipped (pipeline_manual_approval=%s)",
    (approval) => {
      expect(() => refuse("none", approval)).toThrow(
        /^Version 7 of hw-prod-api is not live any more.*Start the pipeline again: it asks\.$/,
      );
    },
  );

  it.each<[string, string | undefined, boolean]>([
    ["a reviewer was asked", "the release of api 7", true],
    ["the deployed pipeline asks in any case", undefined, true],
    ["the setting turns approvals off", "none", false],
  ])("is not refused if %s", (_, reasons, approval) => {
    expect(() => refuse(reasons, approval)).not.toThrow();
  });
});
