import { createS3Client } from "../shared/s3";
import { bucketSetting, readSettings } from "../shared/settings";
import { readEvent } from "./event";
import { Recorder } from "./recorder";

const settings = readSettings(bucketSetting);
const recorder = new Recorder(createS3Client(), settings.BUCKET);

/** Brings the metadata in line with what an S3 event says of documents. An error makes Lambda deliver it again. */
export async function handler(event: unknown): Promise<void> {
  for (const change of readEvent(event)) {
    const outcome = await recorder.record(change);
    console.log(
      JSON.stringify({ level: "info", document: change.name, sequencer: change.sequencer, outcome }),
    );
  }
}
