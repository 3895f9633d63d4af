import { createWriteStream } from "node:fs";
import { mkdir, readlink, realpath, symlink } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { openPromise, type Entry, type ZipFile } from "yauzl";

/** The bytes that an archive can unpack to: far more than a source needs, but too little to fill a disk. */
const SIZE_LIMIT = 4 * 1024 ** 3;
/** The bytes of a symbolic link's target. The limit of Linux is 4096. */
const TARGET_LIMIT = 4096;

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;

interface Link {
  readonly path: string;
  readonly target: string;
}

/**
 * Unpacks a zip into a folder with the modes of its files. Symbolic links are created last, so that no file is written
 * through one.
 * @param sizeLimit bytes that the archive can unpack to; default: 4 GiB
 * @throws Error for a name or a link that leaves the folder, a repeated name, or too much content
 */
export async function unzip(archive: string, folder: string, sizeLimit = SIZE_LIMIT): Promise<void> {
  await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  // yauzl rejects absolute names, `..`, and content longer than declared.
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    await unpack(zip, root, sizeLimit);
  } finally {
    zip.close();
  }
}

async function unpack(zip: ZipFile, root: string, sizeLimit: number): Promise<void> {
  const links: Link[] = [];
  let size = 0;
  for await (const entry of zip.eachEntry()) {
    size += entry.uncompressedSize;
    if (size > sizeLimit) throw new Error(`The archive unpacks to more than ${sizeLimit} bytes.`);
    const path = resolve(root, entry.fileName);
    if (isSymlink(entry)) links.push({ path, target: await linkTarget(zip, entry) });
    else await write(zip, entry, path);
  }
  for (const link of links) await createLink(link, root);
  // A link can lead through another, so the real targets are checked after all have been created.
  for (const link of links) await checkLink(link, root);
}

async function write(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  if (entry.fileName.endsWith("/")) {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  // Without set-user-ID bits. The owner can always read and write, or the build could not be cleaned up.
  const mode = ((entry.externalFileAttributes >>> 16) & 0o777 || 0o644) | 0o600;
  await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path, { flags: "wx", mode }));
}

async function linkTarget(zip: ZipFile, entry: Entry): Promise<string> {
  if (entry.uncompressedSize > TARGET_LIMIT)
    throw new Error(`The link ${entry.fileName} has no valid target.`);
  return text(await zip.openReadStreamPromise(entry));
}

async function createLink({ path, target }: Link, root: string): Promise<void> {
  if (!isInside(root, resolve(dirname(path), target))) throw linkError(path, root);
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

async function checkLink({ path }: Link, root: string): Promise<void> {
  const real = await realpath(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return resolve(dirname(path), await readlink(path));
    throw error;
  });
  if (!isInside(root, real)) throw linkError(path, root);
}

function linkError(path: string, root: string): Error {
  return new Error(`The archive's link ${relative(root, path)} points out of the archive.`);
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}

function isSymlink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMLINK;
}
