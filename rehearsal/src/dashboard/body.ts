/** Maximum bytes of a request: SNS sends up to 256 KiB and its envelope. */
const LIMIT = 512 * 1024;

/** Returns the body of a request, or undefined if it exceeds the limit. */
export async function readText(request: Request): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // The whole body must be read before the connection can be reused.
  for await (const chunk of request.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length <= LIMIT) chunks.push(bytes);
  }
  return length <= LIMIT ? Buffer.concat(chunks).toString("utf8") : undefined;
}
