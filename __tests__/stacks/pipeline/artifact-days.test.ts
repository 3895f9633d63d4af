import { artifactDays } from "../../../stacks/pipeline/artifact-days";
import { stages } from "../../../stacks/pipeline/stages";

const DAY = 24 * 60;

it.each([
  // ConfirmPermissions, and ManualApproval where production is approved.
  ["of seven days", 7 * DAY, true, 30],
  ["of fourteen days", 14 * DAY, true, 30],
  ["of fourteen days and a minute", 14 * DAY + 1, true, 31],
  ["of sixty days", 60 * DAY, true, 122],
  ["of sixty days, one of them only", 60 * DAY, false, 62],
  ["of five minutes", 5, true, 30],
])("artifacts outlast approvals %s", (_, minutes, manualApproval, days) => {
  expect(artifactDays(stages({ manualApproval, selfUpdateFirst: false }), minutes)).toBe(days);
});
