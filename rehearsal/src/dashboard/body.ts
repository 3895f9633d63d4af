/** Bytes of a request: SNS sends 256 KiB and its envelope, a person far less. */
const LIMIT = 512 * 1024;

/** A request's body; undefined when it is too long, of which no more than the limit is kept. */
export async function readText(request: Request): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // All of it is read, or the connection could not be used for the next request.
  for await (const chunk of request.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length <= LIMIT) chunks.push(bytes);
  }
  return length <= LIMIT ? Buffer.concat(chunks).toString("utf8") : undefined;
}
