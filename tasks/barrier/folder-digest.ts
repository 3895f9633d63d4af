import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** More files than an artifact has by far: their names are held in memory. */
const MOST_FILES = 20_000;

/**
 * Returns the SHA-256 of all files below a folder: of their paths and contents, in the order of the paths. Modes,
 * times and empty folders do not count, since the archive between two builds does not keep them.
 *
 * @throws Error that names a symbolic link, a special file, or a name that is not UTF-8
 */
export async function folderDigest(folder: string): Promise<string> {
  const digest = createHash("sha256");
  for (const path of (await filesBelow(folder)).sort()) {
    // Neither a digest, which has one length, nor a path, which has no NUL, can run into what follows.
    digest.update(`${await fileDigest(join(folder, path))} ${path}\0`);
  }
  return digest.digest("hex");
}

/** The paths of all files below a folder, with slashes. */
async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [""];
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true, encoding: "buffer" })) {
      const path = `${below}${readable(entry.name, below)}`;
      if (entry.isDirectory()) folders.push(`${path}/`);
      else if (entry.isFile()) files.push(path);
      else throw new Error(`${path} is neither a file nor a folder. An artifact may hold nothing else.`);
    }
    if (files.length + folders.length > MOST_FILES) {
      throw new Error(`There are more than ${MOST_FILES} files in ${folder}. An artifact may hold no more.`);
    }
  }
  return files;
}

/** Two names that are not UTF-8 would read the same. */
function readable(name: Buffer, below: string): string {
  const text = name.toString();
  if (Buffer.from(text).equals(name)) return text;
  throw new Error(`The name of ${below}${text} is not UTF-8. Rename the file.`);
}

async function fileDigest(file: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(file), digest);
  return digest.digest("hex");
}
