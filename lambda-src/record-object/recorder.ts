import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { documentRecord, type DocumentRecord } from "../shared/document-record";
import { documentKey, metadataKey } from "../shared/keys";
import { isConflict, isMissing } from "../shared/s3";
import type { Written } from "./event";
import { isLater } from "./sequencer";

/** How often to look again when somebody else has written the same record in between. */
const ATTEMPTS = 5;

/** What came of one event: `outdated` means that a later event (or this one) was recorded before. */
export type Outcome = "recorded" | "outdated" | "gone";

/** Records what documents hold, beside them in their bucket. */
export class Recorder {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** Reads a document that was written and records it. Events may come twice and in any order. */
  async record(written: Written): Promise<Outcome> {
    const record = await this.read(written);
    if (record === undefined) return "gone";
    const { outcome, etag } = await this.store(record);
    // The document may have been deleted, and its metadata with it, before this record was stored.
    if (await this.isGone(record.name)) {
      await this.remove(record.name, etag);
      return "gone";
    }
    return outcome;
  }

  /** Reads the content as a stream, so that its size does not matter to the function's memory. */
  private async read({ name, time, sequencer }: Written): Promise<DocumentRecord | undefined> {
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
      const { ContentType: contentType = "application/octet-stream", ETag: etag = "" } = object;
      return { name, size, sha256: hash.digest("hex"), contentType, time, etag, sequencer };
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

  private async existing(
    name: string,
  ): Promise<{ record: DocumentRecord; etag: string | undefined } | undefined> {
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

  private async isGone(name: string): Promise<boolean> {
    try {
      await this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: documentKey(name) }));
      return false;
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
  }

  /** Removes the record with this ETag: a later one is of a document that was stored since, and stays. */
  private async remove(name: string, etag: string | undefined): Promise<void> {
    try {
      await this.s3.send(
        new DeleteObjectCommand({ Bucket: this.bucket, Key: metadataKey(name), IfMatch: etag }),
      );
    } catch (error) {
      if (!isConflict(error) && !isMissing(error)) throw error;
    }
  }
}
