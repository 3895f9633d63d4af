import { z } from "zod";
import { tags } from "./input";

const exportConfig = z
  .looseObject({
    exportConfigType: z.enum(["NO_EXPORT", "S3"]),
    s3Destination: z.looseObject({ bucket: z.string().min(1) }).optional(),
  })
  .refine(
    ({ exportConfigType, s3Destination }) => exportConfigType === "NO_EXPORT" || s3Destination !== undefined,
    "s3Destination is needed to export to S3",
  );

/** The input of CreateReportGroup. */
export const newReportGroup = z.looseObject({
  name: z.string().min(2).max(128),
  type: z.enum(["TEST", "CODE_COVERAGE"]),
  exportConfig,
  tags: tags.optional(),
});

/** The input of UpdateReportGroup. */
export const changedReportGroup = z.looseObject({
  arn: z.string().min(1),
  exportConfig: exportConfig.optional(),
  tags: tags.optional(),
});
