import { Logger } from "@aws-lambda-powertools/logger";
import type { Context } from "aws-lambda";
import { createS3Client } from "../shared/s3";
import { bucketSetting, readSettings } from "../shared/settings";
import { readEvent } from "./event";
import { Recorder } from "./recorder";

const settings = readSettings(bucketSetting);
const logger = new Logger({ serviceName: "record-object" });
const recorder = new Recorder(createS3Client(), settings.BUCKET);

/** Brings the metadata in line with what an S3 event says of documents. An error makes Lambda deliver it again. */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  for (const change of readEvent(event)) {
    const { kind, name, sequencer } = change;
    const outcome = await recorder.record(change);
    logger.info(`The document was ${kind}: ${outcome}.`, { document: name, sequencer });
  }
}
