import { Logger } from "@aws-lambda-powertools/logger";
import * as z from "zod";
import { createS3Client } from "../shared/s3";
import { bucketSetting, readSettings } from "../shared/settings";
import { createApp } from "./app";
import { Documents } from "./documents";
import { lambdaHandler } from "./lambda";
import { securitySettings } from "./security";
import { serverErrors } from "./server-errors";

const settings = readSettings({
  ...bucketSetting,
  ENVIRONMENT: z.string().min(1),
  COMMIT: z.string().min(1),
  ...securitySettings,
});

const logger = new Logger({ serviceName: "api" });

/** Answers the requests of the document API. */
export const handler = lambdaHandler(
  createApp({
    documents: new Documents(createS3Client(), settings.BUCKET),
    environment: settings.ENVIRONMENT,
    versionCommit: settings.COMMIT,
    security: settings,
    logger,
  }),
  logger,
  serverErrors,
);
