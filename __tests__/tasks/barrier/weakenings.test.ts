import { openApi, weakenings } from "../../../tasks/barrier/weakenings";
import { settingsWith } from "../../support/settings";

it.each([
  [{}, ["The API is open to anyone (service_auth=none)."]],
  [{ service_auth: "none" }, ["The API is open to anyone (service_auth=none)."]],
  [{ service_auth: "iam" }, []],
])("openApi lists the API that anyone is allowed to call: %j", (changes, lines) => {
  expect(openApi(settingsWith(changes))).toEqual(lines);
});

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
