import type { BatchGetReportGroupsInput, BatchGetReportGroupsOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check, identifiers } from "./input";

export function batchGetReportGroups({
  reportGroups,
}: Context): Operation<BatchGetReportGroupsInput, BatchGetReportGroupsOutput> {
  return (input) => {
    check(z.looseObject({ reportGroupArns: identifiers }), input);
    const arns = input.reportGroupArns!;
    return {
      reportGroups: arns.flatMap((arn) => reportGroups.find(arn) ?? []),
      reportGroupsNotFound: arns.filter((arn) => !reportGroups.find(arn)),
    };
  };
}
