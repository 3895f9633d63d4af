import { stackProblems } from "../../../tasks/barrier/check-stack";
import { expectedOf } from "../../../tasks/barrier/expected";
import { valueAt, type Json, type JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";
import { changed, serviceJson } from "./synthesized-stacks";

const days = (service_old_version_days: string) => ({ service_old_version_days });
const stacks = {
  unset: serviceJson(),
  "30": serviceJson("prod", days("30")),
  off: serviceJson("prod", days("off")),
};
const settings = { unset: {}, "30": days("30"), off: days("off") };
type Setting = keyof typeof stacks;

const RULE = ["resource", "aws_s3_bucket", 0, "lifecycle_rule"];

function problems(setting: Setting, json: JsonObject): string[] {
  return stackProblems("service-prod", json, expectedOf("service-prod", settingsWith(settings[setting])));
}

const refusal = (said: string) =>
  expect.stringMatching(
    new RegExp(`lifecycle_rule must be missing or that of service_old_version_days \\(${said}\\)$`),
  ) as string;

/** The rule of 30 days. */
const [rule] = valueAt(
  stacks["30"],
  "resource",
  "aws_s3_bucket",
  "documents_bucket_87EAE372",
  "lifecycle_rule",
) as [JsonObject];

describe("a commit cannot delete documents by a lifecycle rule", () => {
  it.each<[string, Json]>([
    ["that deletes current versions", [{ ...rule, expiration: { days: 1 } }]],
    ["that deletes them on a date", [{ ...rule, expiration: { date: "2030-01-01" } }]],
    [
      "that deletes them and delete markers",
      [{ ...rule, expiration: { expired_object_delete_marker: true, days: 1 } }],
    ],
    ["that deletes old versions sooner", [{ ...rule, noncurrent_version_expiration: { days: 29 } }]],
    [
      "that deletes old versions by an expression",
      [{ ...rule, noncurrent_version_expiration: { days: "${1}" } }],
    ],
    ["that archives documents", [{ ...rule, transition: [{ days: 0, storage_class: "DEEP_ARCHIVE" }] }]],
    ["that aborts uploads sooner", [{ ...rule, abort_incomplete_multipart_upload_days: 1 }]],
    ["beside the right one", [rule, { id: "mine", enabled: true, expiration: { days: 1 } }]],
    ["that is no list", rule],
    ["instead of none", []],
  ])("%s", (_, value) => {
    expect(problems("30", changed(stacks["30"], RULE, value))).toContainEqual(refusal("30"));
  });

  it("of another setting", () => {
    expect(problems("unset", stacks["30"])).toEqual([refusal("not set")]);
    expect(problems("unset", stacks.off)).toEqual([refusal("not set")]);
    expect(problems("off", stacks["30"])).toEqual([refusal("off")]);
    expect(problems("30", stacks.off)).toEqual([refusal("30")]);
  });
});

it("a commit from before the setting changes no rule, and is accepted", () => {
  for (const setting of ["30", "off"] as const) expect(problems(setting, stacks.unset)).toEqual([]);
});
