import { weakenings } from "../../../tasks/barrier/weakenings";
import { settingsWith } from "../../support/settings";

it("weakenings lists nothing for the default settings", () => {
  expect(weakenings(settingsWith())).toEqual([]);
});

it.each([
  [
    { codebuild_role_arn: "arn:aws:iam::123456789012:role/build" },
    /^codebuild_role_arn: all steps share one role, .* Neither checks nor approvals hold against .*\.$/,
  ],
  [
    { pipeline_manual_approval: "false" },
    /^pipeline_manual_approval=false: no reviewer approves .* The checks .* and the digests still hold\.$/,
  ],
])("weakenings names what %j weakens", (changes, says) => {
  expect(weakenings(settingsWith(changes))).toEqual([expect.stringMatching(says)]);
});
