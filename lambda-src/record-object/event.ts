import * as z from "zod";
import { documentName } from "../shared/keys";

const s3Event = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      eventTime: z.string(),
      s3: z.object({
        object: z.object({ key: z.string(), sequencer: z.string().regex(/^[0-9A-Fa-f]+$/) }),
      }),
    }),
  ),
});

/** What happened to one document. */
export interface Change {
  /**
   * `restored`: a version, or the marker of a deletion, was removed for good, and what came before may be the
   * document again.
   */
  kind: "written" | "deleted" | "restored";
  name: string;
  /** ISO 8601. */
  time: string;
  sequencer: string;
}

/** The changes of documents an S3 event tells of. Throws an Error that names what is missing in an event that is none. */
export function readEvent(event: unknown): Change[] {
  const { success, data, error } = s3Event.safeParse(event);
  if (!success) throw new Error(`This is not an event of an S3 object: ${z.prettifyError(error)}`);
  return data.Records.flatMap(({ eventName, eventTime, s3: { object } }) => {
    // The notification's filter lets only documents in. Should it ever let metadata in as well, recording those
    // would cause further events without end.
    const name = documentName(decodeKey(object.key));
    const kind = kindOf(eventName);
    if (name === undefined || kind === undefined) return [];
    return [{ kind, name, time: eventTime, sequencer: object.sequencer }];
  });
}

function kindOf(eventName: string): Change["kind"] | undefined {
  if (eventName.startsWith("ObjectCreated:")) return "written";
  if (eventName === "ObjectRemoved:DeleteMarkerCreated") return "deleted";
  if (eventName === "ObjectRemoved:Delete") return "restored";
  return undefined;
}

/** Keys in events are encoded like a form: a space is "+", a plus sign "%2B". */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
