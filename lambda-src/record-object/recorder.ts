import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { documentRecord, type DocumentRecord } from "../shared/document-record";
import { documentKey, MAX_NAME_BYTES, metadataKey } from "../shared/keys";
import { isConflict, isMissing } from "../shared/s3";
import type { Change } from "./event";
import { isLater } from "./sequencer";

/** How often to retry when another invocation has written the same record in the meantime. */
const ATTEMPTS = 5;

/**
 * What came of one event: `outdated` means that a later event (or this one) was recorded before, `gone` that there
 * is no document, and nothing recorded of one, `name too long` that the bucket has no room for the metadata's key.
 */
export type Outcome = "recorded" | "outdated" | "gone" | "name too long";

interface Existing {
  record: DocumentRecord;
  etag: string | undefined;
}

/** Records what documents hold, beside them in their bucket. */
export class Recorder {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /**
   * Brings what is recorded of a document in line with what it is now. Events can come twice and in any order:
   * whichever is the last to be processed leaves the right record, or none where there is no document.
   */
  async record(change: Change): Promise<Outcome> {
    const { kind, name, sequencer } = change;
    // The API stores no such document, but others can write to the bucket. An error would be retried for nothing.
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) return "name too long";
    // In this order: an invocation that records after this check checks the document afterwards too.
    const existing = await this.existing(name);
    const current = await this.head(name);
    if (current === undefined) return this.forget(name, existing?.etag);
    // What was stored after a deletion has an event of its own.
    if (kind === "deleted" || (kind === "restored" && current.etag === existing?.record.etag))
      return "outdated";
    // Before reading: the content can be large, and the same event can come many times.
    if (existing && !isLater(sequencer, existing.record.sequencer)) return "outdated";
    const record = await this.read(change);
    if (record === undefined) return this.forget(name, existing?.etag);
    const { outcome, etag } = await this.store(record);
    // The document could have been deleted, with its metadata, before this record was stored.
    return (await this.head(name)) === undefined ? this.forget(name, etag) : outcome;
  }

  /** Reads the content as a stream, so that its size does not matter to the function's memory. */
  private async read({ kind, name, time, sequencer }: Change): Promise<DocumentRecord | undefined> {
    try {
      const object = await this.s3.send(
        new GetObjectCommand({ Bucket: this.bucket, Key: documentKey(name) }),
      );
      const hash = createHash("sha256");
      let size = 0;
      for await (const chunk of (object.Body ?? []) as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        size += chunk.length;
      }
      const { ContentType: contentType = "application/octet-stream", ETag: etag = "", LastModified } = object;
      // What comes back was written long before the event.
      const written = kind === "restored" ? (LastModified?.toISOString() ?? time) : time;
      return { name, size, sha256: hash.digest("hex"), contentType, time: written, etag, sequencer };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Stores a record unless the one that is there is as late. Resolves to the ETag of the one that is there then. */
  private async store(record: DocumentRecord): Promise<{ outcome: Outcome; etag: string | undefined }> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const existing = await this.existing(record.name);
      if (existing && !isLater(record.sequencer, existing.record.sequencer)) {
        return { outcome: "outdated", etag: existing.etag };
      }
      try {
        const { ETag: etag } = await this.s3.send(
          new PutObjectCommand({
            Bucket: this.bucket,
            Key: metadataKey(record.name),
            Body: JSON.stringify(record),
            ContentType: "application/json",
            ...(existing ? { IfMatch: existing.etag } : { IfNoneMatch: "*" }),
          }),
        );
        return { outcome: "recorded", etag };
      } catch (error) {
        // Missing: deleted since it was looked at.
        if (!isConflict(error) && !isMissing(error)) throw error;
      }
    }
    throw new Error(
      `The metadata of "${record.name}" was written by others ${ATTEMPTS} times in a row; the event has to come again.`,
    );
  }

  private async existing(name: string): Promise<Existing | undefined> {
    try {
      const object = await this.s3.send(
        new GetObjectCommand({ Bucket: this.bucket, Key: metadataKey(name) }),
      );
      const text = (await object.Body?.transformToString()) ?? "";
      return { record: documentRecord.parse(JSON.parse(text)), etag: object.ETag };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The document as it is now, without its content; undefined when there is none. */
  private async head(name: string): Promise<{ etag: string | undefined } | undefined> {
    try {
      const { ETag } = await this.s3.send(
        new HeadObjectCommand({ Bucket: this.bucket, Key: documentKey(name) }),
      );
      return { etag: ETag };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Removes the record with this ETag: a later one is of a document that was stored since, and stays. */
  private async forget(name: string, etag: string | undefined): Promise<"gone"> {
    if (etag === undefined) return "gone";
    try {
      await this.s3.send(
        new DeleteObjectCommand({ Bucket: this.bucket, Key: metadataKey(name), IfMatch: etag }),
      );
    } catch (error) {
      if (!isConflict(error) && !isMissing(error)) throw error;
    }
    return "gone";
  }
}
