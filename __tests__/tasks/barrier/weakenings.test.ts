import { weakenings } from "../../../tasks/barrier/weakenings";
import { settingsWith } from "../../support/settings";

it("has nothing to say of the settings as they come", () => {
  expect(weakenings(settingsWith())).toEqual([]);
});

it.each([
  [
    { codebuild_role_arn: "arn:aws:iam::123456789012:role/build" },
    /^codebuild_role_arn: all steps share one role/,
  ],
  [{ pipeline_manual_approval: "false" }, /^pipeline_manual_approval=false: nobody approves/],
])("says what %j takes away", (changes, says) => {
  expect(weakenings(settingsWith(changes))).toEqual([expect.stringMatching(says)]);
});
