import type { DeleteReportGroupInput, DeleteReportGroupOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";

/** Deletes a report group. It succeeds if the group does not exist. */
export function deleteReportGroup({
  reportGroups,
}: Context): Operation<DeleteReportGroupInput, DeleteReportGroupOutput> {
  return (input) => {
    check(z.looseObject({ arn: z.string().min(1) }), input);
    reportGroups.delete(input.arn!);
    return {};
  };
}
