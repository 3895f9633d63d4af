import * as z from "zod";
import { documentName } from "../shared/keys";

const s3Event = z.object({
  Records: z.array(
    z.object({
      eventTime: z.string(),
      s3: z.object({
        object: z.object({ key: z.string(), sequencer: z.string().regex(/^[0-9A-Fa-f]+$/) }),
      }),
    }),
  ),
});

/** One document that was written. */
export interface Written {
  name: string;
  /** ISO 8601. */
  time: string;
  sequencer: string;
}

/** The documents an S3 event says were written. Throws an Error that names what is missing in an event that is none. */
export function readEvent(event: unknown): Written[] {
  const { success, data, error } = s3Event.safeParse(event);
  if (!success) throw new Error(`This is not an S3 ObjectCreated event: ${z.prettifyError(error)}`);
  return data.Records.flatMap(({ eventTime, s3: { object } }) => {
    // The notification's filter lets only documents in. Should it ever let metadata in as well, recording those
    // would cause further events without end.
    const name = documentName(decodeKey(object.key));
    return name === undefined ? [] : [{ name, time: eventTime, sequencer: object.sequencer }];
  });
}

/** Keys in events are encoded like a form: a space is "+", a plus sign "%2B". */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
