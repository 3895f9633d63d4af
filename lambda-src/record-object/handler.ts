import { createS3Client } from "../shared/s3";
import { bucketSetting, readSettings } from "../shared/settings";
import { readEvent } from "./event";
import { Recorder } from "./recorder";

const settings = readSettings(bucketSetting);
const recorder = new Recorder(createS3Client(), settings.BUCKET);

/** Records the documents an S3 event says were written. An error makes Lambda deliver the event again. */
export async function handler(event: unknown): Promise<void> {
  for (const written of readEvent(event)) {
    const outcome = await recorder.record(written);
    console.log(
      JSON.stringify({ level: "info", document: written.name, sequencer: written.sequencer, outcome }),
    );
  }
}
