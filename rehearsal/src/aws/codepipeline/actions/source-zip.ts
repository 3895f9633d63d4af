import { readFile, writeFile } from "node:fs/promises";

// The parts of a zip, as its specification (APPNOTE.TXT, 4.3) describes them.
const RECORD = { signature: 0x02014b50, length: 46, madeBy: 4, variable: [28, 30, 32], attributes: 38 };
const END = { signature: 0x06054b50, length: 22, directory: 16 };

/**
 * Removes the external attributes from a zip, as CodePipeline's GitHub source does: files are no longer executable, and a
 * symbolic link becomes a text file with its target.
 *
 * CodePipeline user guide, Troubleshooting: "File permissions are not retained on source files from GitHub when
 * ZIP does not preserve external attributes". For links: aws/aws-cdk#7343 and aws/aws-cdk#14520; for sources
 * with a connection: aws-ia/terraform-aws-control_tower_account_factory#547.
 * @throws Error if the file is not a zip
 */
export async function dropAttributes(zip: string): Promise<void> {
  const bytes = await readFile(zip);
  let record = startOfDirectory(bytes, zip);
  while (record + RECORD.length <= bytes.length && bytes.readUInt32LE(record) === RECORD.signature) {
    bytes.writeUInt16LE(0, record + RECORD.madeBy);
    bytes.writeUInt32LE(0, record + RECORD.attributes);
    // The name, the extra field and the comment follow.
    const lengths = RECORD.variable.map((offset) => bytes.readUInt16LE(record + offset));
    record += lengths.reduce((sum, length) => sum + length, RECORD.length);
  }
  await writeFile(zip, bytes);
}

function startOfDirectory(bytes: Buffer, zip: string): number {
  // Only a comment of at most 64 KiB follows the end record.
  for (let end = bytes.length - END.length; end >= 0; end--) {
    if (bytes.readUInt32LE(end) === END.signature) return bytes.readUInt32LE(end + END.directory);
  }
  throw new Error(`${zip} is not a zip: it has no directory.`);
}
