import * as z from "zod";

/** What is recorded about a document once its content has been read: the content of its metadata object. */
export const documentRecord = z.object({
  name: z.string(),
  /** Bytes. */
  size: z.number().int().nonnegative(),
  /** Of the content, in hex. */
  sha256: z.string(),
  contentType: z.string(),
  /** When S3 took the content, ISO 8601. */
  time: z.string(),
  /** S3's ETag of the content that was read: tells whether the record is of the content that is there now. */
  etag: z.string(),
  /** S3's place of the event among the events of this key, in hex. */
  sequencer: z.string(),
});

export type DocumentRecord = z.infer<typeof documentRecord>;
