import type { CreateReportGroupInput, CreateReportGroupOutput } from "@aws-sdk/client-codebuild";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";
import { newReportGroup } from "./report-group-input";

export function createReportGroup({
  reportGroups,
}: Context): Operation<CreateReportGroupInput, CreateReportGroupOutput> {
  return (input) => {
    check(newReportGroup, input);
    return { reportGroup: reportGroups.create(input) };
  };
}
