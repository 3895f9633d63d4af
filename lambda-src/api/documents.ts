import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { documentRecord, type DocumentRecord } from "../shared/document-record";
import { documentKey, documentName, DOCUMENTS_PREFIX, metadataKey } from "../shared/keys";
import { isConflict, isMissing } from "../shared/s3";
import { Refusal } from "./refusal";

/**
 * Bytes a document may have. A function's request and answer can have 6 MB each, and binary content travels in
 * base64, which adds a third: 4 MiB become 5.6 MB and leave room for headers.
 */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

export interface ListedDocument {
  name: string;
  size: number;
  lastModified: string;
}

export interface Page {
  documents: ListedDocument[];
  /** The last name of this page, when there are more. */
  last?: string;
}

/** The documents in a bucket. What cannot be done because of the request is thrown as a `Refusal`. */
export class Documents {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  /** Stores a document, in place of the one with the same name if there is one. */
  async put(name: string, content: Uint8Array, contentType: string): Promise<"created" | "replaced"> {
    const object = { ...this.at(documentKey(name)), Body: content, ContentType: contentType };
    try {
      // A condition and not a check beforehand: of two first writers exactly one has created it.
      await this.s3.send(new PutObjectCommand({ ...object, IfNoneMatch: "*" }));
      return "created";
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    await this.s3.send(new PutObjectCommand(object));
    return "replaced";
  }

  /** A document's content and the content type it was stored with. */
  async get(name: string): Promise<{ content: Uint8Array; contentType: string }> {
    const { Body, ContentLength, ContentType } = await this.s3
      .send(new GetObjectCommand(this.at(documentKey(name))))
      .catch(refuseUnknown(name));
    const size = ContentLength ?? 0;
    if (size > MAX_DOCUMENT_BYTES) {
      // The rest is not read: without this the connection to S3 stays taken.
      await Body?.transformToWebStream().cancel();
      throw new Refusal(
        413,
        "document_too_large",
        `"${name}" has ${size} bytes; this API returns documents of up to ${MAX_DOCUMENT_BYTES}. Read it from the bucket.`,
      );
    }
    return {
      content: (await Body?.transformToByteArray()) ?? new Uint8Array(),
      contentType: ContentType ?? "application/octet-stream",
    };
  }

  /** Deletes a document and what was recorded about it. */
  async delete(name: string): Promise<void> {
    await this.head(name);
    // In this order: record-object checks whether the document still exists after it has recorded metadata.
    await this.s3.send(new DeleteObjectCommand(this.at(documentKey(name))));
    await this.s3.send(new DeleteObjectCommand(this.at(metadataKey(name))));
  }

  /** Up to `limit` documents in the order of their names' bytes, beginning behind the name `after`. */
  async list(limit: number, after?: string): Promise<Page> {
    const { Contents = [], IsTruncated } = await this.s3.send(
      new ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: DOCUMENTS_PREFIX,
        MaxKeys: limit,
        StartAfter: after === undefined ? undefined : documentKey(after),
      }),
    );
    const documents = Contents.flatMap(({ Key = "", Size = 0, LastModified }) => {
      const name = documentName(Key);
      return name === undefined
        ? []
        : [{ name, size: Size, lastModified: LastModified?.toISOString() ?? "" }];
    });
    const last = IsTruncated ? Contents.at(-1)?.Key?.slice(DOCUMENTS_PREFIX.length) : undefined;
    return { documents, ...(last !== undefined && { last }) };
  }

  /** What was recorded about the content the document has now. */
  async metadata(name: string): Promise<DocumentRecord> {
    const [{ ETag }, record] = await Promise.all([this.head(name), this.record(name)]);
    // A record of earlier content is not this document's.
    if (record?.etag !== ETag || record === undefined) {
      throw new Refusal(
        404,
        "not_processed",
        `The document "${name}" is stored but not processed yet. Ask again in a few seconds.`,
      );
    }
    return record;
  }

  private async head(name: string) {
    return this.s3.send(new HeadObjectCommand(this.at(documentKey(name)))).catch(refuseUnknown(name));
  }

  private async record(name: string): Promise<DocumentRecord | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand(this.at(metadataKey(name))));
      return documentRecord.parse(JSON.parse((await Body?.transformToString()) ?? ""));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  private at(key: string) {
    return { Bucket: this.bucket, Key: key };
  }
}

function refuseUnknown(name: string) {
  return (error: unknown): never => {
    if (isMissing(error)) throw new Refusal(404, "unknown_document", `There is no document "${name}".`);
    throw error;
  };
}
