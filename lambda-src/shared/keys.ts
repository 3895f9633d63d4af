const DOCUMENTS = "documents/";
const METADATA = "metadata/";
const METADATA_SUFFIX = ".json";

/** The most bytes of UTF-8 in an S3 object key. */
const MAX_KEY_BYTES = 1024;

/** The most bytes of UTF-8 in a document name: the longer of its two keys, the metadata's, still fits. */
export const MAX_NAME_BYTES = MAX_KEY_BYTES - METADATA.length - METADATA_SUFFIX.length;

/** The prefix of all documents' contents. */
export const DOCUMENTS_PREFIX = DOCUMENTS;

/** The S3 key of a document's content. */
export function documentKey(name: string): string {
  return DOCUMENTS + name;
}

/** The S3 key of what was recorded about a document. */
export function metadataKey(name: string): string {
  return METADATA + name + METADATA_SUFFIX;
}

/** The name of the document whose content is stored under `key`; undefined for a key that is no document's. */
export function documentName(key: string): string | undefined {
  return key.startsWith(DOCUMENTS) && key.length > DOCUMENTS.length ? key.slice(DOCUMENTS.length) : undefined;
}

/** What is wrong with a document name, as a sentence for its sender; undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "A document name cannot be empty.";
  // Clients and proxies resolve these two as path segments before a request is sent.
  if (name === "." || name === "..") return `"${name}" cannot be a document name.`;
  if (name.includes("/")) return "A document name cannot contain a slash.";
  if (/\p{Cc}/u.test(name)) return "A document name cannot contain control characters.";
  // S3 lists keys as XML, which has no way to write these two, and encodes them as UTF-8, which has none for the third.
  if (/[\uFFFE\uFFFF\p{Cs}]/u.test(name)) return "A document name can only contain Unicode characters.";
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    return `A document name can have ${MAX_NAME_BYTES} bytes of UTF-8; this one has ${bytes}.`;
  }
  return undefined;
}
