import * as z from "zod";
import { documentName } from "../shared/keys";

const sequencer = z.string().regex(/^[0-9A-Fa-f]+$/);

/** What S3 itself sends. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
const notification = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      eventTime: z.string(),
      s3: z.object({ object: z.object({ key: z.string(), sequencer }) }),
    }),
  ),
});

/** What S3 sends through EventBridge. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const bridged = z.object({
  "detail-type": z.string(),
  time: z.string(),
  detail: z.object({
    object: z.object({ key: z.string(), sequencer }),
    "deletion-type": z.string().optional(),
  }),
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

/**
 * The changes of documents an S3 event tells of, whether it comes from S3 itself or through EventBridge. Throws an
 * Error that names what is missing in an event that is none.
 */
export function readEvent(event: unknown): Change[] {
  if (event instanceof Object && "detail" in event) {
    const { "detail-type": type, time, detail } = read(bridged, event);
    // Here a key is as it is in the bucket.
    return change(
      bridgedKind(type, detail["deletion-type"]),
      detail.object.key,
      time,
      detail.object.sequencer,
    );
  }
  return read(notification, event).Records.flatMap(({ eventName, eventTime, s3: { object } }) =>
    change(notifiedKind(eventName), decodeKey(object.key), eventTime, object.sequencer),
  );
}

function read<T>(schema: z.ZodType<T>, event: unknown): T {
  const { success, data, error } = schema.safeParse(event);
  if (!success) throw new Error(`This is not an event of an S3 object: ${z.prettifyError(error)}`);
  return data;
}

function change(kind: Change["kind"] | undefined, key: string, time: string, sequencer: string): Change[] {
  // The filter on the events lets only documents in. Should it ever let metadata in as well, recording those
  // would cause further events without end.
  const name = documentName(key);
  return name === undefined || kind === undefined ? [] : [{ kind, name, time, sequencer }];
}

function notifiedKind(eventName: string): Change["kind"] | undefined {
  if (eventName.startsWith("ObjectCreated:")) return "written";
  if (eventName === "ObjectRemoved:DeleteMarkerCreated") return "deleted";
  if (eventName === "ObjectRemoved:Delete") return "restored";
  return undefined;
}

function bridgedKind(detailType: string, deletionType: string | undefined): Change["kind"] | undefined {
  if (detailType === "Object Created") return "written";
  if (detailType !== "Object Deleted") return undefined;
  return deletionType === "Delete Marker Created" ? "deleted" : "restored";
}

/** Keys in notifications are encoded like a form: a space is "+", a plus sign "%2B". */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
