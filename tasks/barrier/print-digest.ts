/**
 * Prints the SHA-256 of a folder: `node print-digest.js FOLDER`. UnitTest exports that of its artifact, and every
 * privileged step compares it before it reads anything: the object in the bucket can be replaced, the variable cannot.
 */
import { folderDigest } from "./folder-digest";
import { runProgram } from "../program";

/** Prints the digest of the folder that the arguments name. */
export async function main([folder]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error("Name the folder: node print-digest.js FOLDER");
  console.log(await folderDigest(folder));
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(
    () => main(process.argv.slice(2)),
    ({ message }) => `The folder has no digest: ${message}`,
  );
}
