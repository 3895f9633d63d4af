import { branchSettings } from "../../../tasks/branches/settings";
import { checkKind } from "../../../tasks/branches/env-up";
import { settingsWith } from "../../support/settings";

const own = branchSettings(settingsWith({ pipeline_branches: "develop=dev" }), "develop");
const there = { name: "hw_develop", branch: "develop", environment: "dev" as const };

it("an existing environment can be deployed again, also with a new pipeline or after an interruption", () => {
  checkKind(undefined, own, true);
  checkKind({ name: "hw_develop", stacks: ["state"] }, own, true);
  checkKind({ ...there, stacks: ["service-dev", "state"] }, own, true);
  checkKind({ ...there, stacks: ["service-dev", "state"] }, own, false);
  checkKind(undefined, own, false);
  checkKind({ ...there, stacks: ["pipeline", "service-dev", "state"] }, own, true);
});

it.each([
  [
    "another environment",
    { ...there, environment: "stage" as const, stacks: ["pipeline"] },
    true,
    /to stage and would move to dev\. Remove/,
  ],
  ["no pipeline", { ...there, stacks: ["pipeline", "state"] }, false, /no longer matches it\. Remove/],
  [
    "no pipeline and another environment",
    { ...there, environment: "stage" as const, stacks: ["pipeline", "state"] },
    false,
    /no longer matches it\. Remove/,
  ],
  [
    "another branch's name",
    { ...there, branch: "Develop", stacks: ["state"] },
    true,
    /belongs to branch Develop/,
  ],
])("an existing environment is not left behind for %s", (_, found, pipelined, why) => {
  expect(() => checkKind(found, own, pipelined)).toThrow(why);
});
