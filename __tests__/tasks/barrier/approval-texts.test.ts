import { functionNames } from "../../../stacks/functions";
import { stages, type ApprovalAction } from "../../../stacks/pipeline/stages";
import { LIMITS } from "../../../tasks/barrier/check-build";
import { summaryOf } from "../../../tasks/build/plan-summary";
import { openApi } from "../../../tasks/barrier/weakenings";
import { minute } from "../../../tasks/build/waiting-since";
import { summary } from "../../../tasks/permissions/compare";
import { settingsWith } from "../../support/settings";

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html: of an approval's custom data. */
const AWS_TAKES = 1000;

/** A plan that does a thousand of everything, to resources with long names. */
function largePlan() {
  const address = (index: number) => `aws_cloudwatch_metric_alarm.${"a-long-name-".repeat(5)}${index}`;
  const change = (actions: string[], more: object = {}) => ({
    actions,
    before: {},
    after: {},
    after_unknown: {},
    ...more,
  });
  const all = Array.from({ length: 1000 }, (_, index) => index);
  return {
    resource_changes: all.flatMap((index) => [
      { address: address(index), change: change(["create"], { importing: { id: "x" } }) },
      { address: address(index), previous_address: address(index + 1), change: change(["no-op"]) },
      { address: address(index), change: change(["delete", "create"]) },
      { address: address(index), change: change(["update"]) },
      { address: address(index), change: change(["forget"]) },
    ]),
    output_changes: Object.fromEntries(all.map((index) => [address(index), change(["update"])])),
  };
}

/** As long as each can be. */
const longest: Readonly<Record<string, string>> = {
  "#{Source1.CommitId}": "c".repeat(40),
  "#{CheckBuild.SUBJECT}": "s".repeat(LIMITS.subject),
  "#{CheckBuild.PIPELINE_CHANGE}": "p".repeat(LIMITS.change),
  "#{CheckBuild.ADDED_PERMISSIONS}": summary(
    Array.from({ length: 1000 }, (_, index) => `role: action ${index}`),
  ),
  "#{PlanOnProd.PLAN}": [summaryOf(largePlan()), ...openApi(settingsWith())].join(" "),
  "#{PlanOnProd.APPROVAL_REASONS}": [
    "the plan",
    `the release of ${functionNames.map((name) => `${name} 99999`).join(" and ")}`,
    "the pipeline",
    "the setting",
  ].join(", "),
  "#{PlanOnProd.WAITING_SINCE}": minute(new Date()),
};

const approvals = [true, false]
  .flatMap((selfUpdateFirst) => stages({ manualApproval: true, selfUpdateFirst }))
  .flatMap(({ actions }) => actions)
  .filter((action): action is ApprovalAction => action.kind === "approval");

it.each(approvals.map(({ name, message }) => [name, message]))(
  "%s is within the limits of AWS",
  (_, message) => {
    const text = message.replace(/#\{[^}]+\}/g, (variable) => longest[variable]!);
    expect(text).not.toContain("undefined");
    expect(text.length).toBeLessThanOrEqual(AWS_TAKES);
  },
);
