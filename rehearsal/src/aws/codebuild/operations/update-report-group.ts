import type { UpdateReportGroupInput, UpdateReportGroupOutput } from "@aws-sdk/client-codebuild";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";
import { changedReportGroup } from "./report-group-input";

export function updateReportGroup({
  reportGroups,
}: Context): Operation<UpdateReportGroupInput, UpdateReportGroupOutput> {
  return (input) => {
    check(changedReportGroup, input);
    return { reportGroup: reportGroups.update(input) };
  };
}
