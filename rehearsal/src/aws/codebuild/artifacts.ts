import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, opendir, readlink, stat } from "node:fs/promises";
import { basename, dirname, join, posix, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ZipFile } from "yazl";
import { clientConfig } from "../client-config";
import type { AwsContext, Credentials } from "../aws-context";
import type { ArtifactSpec, Buildspec } from "./buildspec";
import { FilePattern, leavesBase } from "./file-pattern";
import { PhaseError } from "./phase-error";
import type { ArtifactLocation } from "./pipeline-build";

const SYMLINK = 0o120777;

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** One file of an artifact: its path, its name in the zip, and the target if it is stored as a symbolic link. */
export interface ArtifactFile {
  readonly path: string;
  readonly name: string;
  readonly link?: string;
}

/**
 * Returns the part of a buildspec that describes an output artifact: the secondary artifact of its name, or
 * `artifacts` itself.
 * @throws PhaseError if the buildspec has neither
 */
export function specFor(output: string, artifacts: Buildspec["artifacts"]): ArtifactSpec {
  const secondary = artifacts?.["secondary-artifacts"] ?? {};
  const own = Object.hasOwn(secondary, output) ? secondary[output] : undefined;
  if (own) return own;
  if (artifacts?.files && Object.keys(secondary).length === 0)
    return { ...artifacts, files: artifacts.files };
  throw new PhaseError(
    "CLIENT_ERROR",
    `no definition for the artifact ${output}: the buildspec needs artifacts.files, or ` +
      `artifacts.secondary-artifacts.${output} where there are several`,
  );
}

/**
 * Returns the files of an artifact, sorted by name.
 * @throws PhaseError `CLIENT_ERROR` if there are none
 */
export async function collectFiles(spec: ArtifactSpec, source: string): Promise<ArtifactFile[]> {
  const base = resolve(source, spec["base-directory"] ?? ".");
  const isFolder = await stat(base).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new PhaseError("CLIENT_ERROR", `no matching base directory path found for ${base}`);
  const outside = spec.files.find(leavesBase);
  if (outside) throw new PhaseError("CLIENT_ERROR", `the artifact path ${outside} leaves the base directory`);
  const patterns = spec.files.map((pattern) => new FilePattern(pattern));
  const excluded = spec["exclude-paths"].map((pattern) => new FilePattern(pattern));
  const found = new Map<string, ArtifactFile>();
  for (const root of searchRoots(patterns)) {
    for await (const file of walk(base, root, spec["enable-symlinks"])) {
      if (!patterns.some((pattern) => pattern.matches(file.name))) continue;
      if (!excluded.some((pattern) => pattern.matches(file.name))) found.set(file.name, file);
    }
  }
  if (found.size === 0) throw new PhaseError("CLIENT_ERROR", "no matching artifact paths found");
  const files = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return spec["discard-paths"] ? withoutFolders(files) : files;
}

/** Writes files into a zip with their modes. */
export async function writeZip(files: readonly ArtifactFile[], archive: string): Promise<void> {
  await mkdir(dirname(archive), { recursive: true });
  const zip = new ZipFile();
  for (const { path, name, link } of files) {
    if (link === undefined) zip.addFile(path, name);
    else zip.addBuffer(Buffer.from(link), name, { mode: SYMLINK, compress: false });
  }
  zip.end();
  // A file that disappears meanwhile is an error of the zip, not of its stream.
  await new Promise<void>((done, failed) => {
    zip.once("error", failed);
    pipeline(zip.outputStream, createWriteStream(archive)).then(done, failed);
  });
}

/** Uploads an artifact with the build's role. */
export async function uploadArtifact(
  aws: AwsContext,
  credentials: Credentials,
  { bucket, key, name }: ArtifactLocation,
  archive: string,
  encryptionKey: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const s3 = new S3Client({
    ...clientConfig(aws, credentials),
    forcePathStyle: true,
    // The checksum of a stream is sent in a trailer, which not every endpoint reads.
    requestChecksumCalculation: "WHEN_REQUIRED",
    // The client logs that it cannot repeat a streamed request; the error below says enough.
    logger: silent,
  });
  try {
    const { size } = await stat(archive);
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: createReadStream(archive),
      ContentLength: size,
      ContentType: "application/zip",
      ...encryption(encryptionKey),
    });
    await s3.send(command, { abortSignal: signal });
  } catch (error) {
    const { name: kind, message } = error as Error;
    throw new PhaseError("CLIENT_ERROR", `${kind}: ${message} for artifact ${name} (s3://${bucket}/${key})`);
  } finally {
    s3.destroy();
  }
}

/** Encrypts with the project's key. With the default key of S3, the bucket's encryption applies. */
function encryption(key: string | undefined): { ServerSideEncryption?: "aws:kms"; SSEKMSKeyId?: string } {
  if (!key || key.endsWith(":alias/aws/s3")) return {};
  return { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key };
}

/** Returns the folders to search, without those within another one. */
function searchRoots(patterns: readonly FilePattern[]): string[] {
  const roots = [...new Set(patterns.map(({ root }) => root))];
  return roots.filter(
    (root) => !roots.some((other) => other !== root && (other === "" || root.startsWith(`${other}/`))),
  );
}

async function* walk(base: string, folder: string, keepLinks: boolean): AsyncGenerator<ArtifactFile> {
  const entries = await opendir(join(base, folder)).catch(() => undefined);
  if (!entries) return;
  for await (const entry of entries) {
    const name = posix.join(folder, entry.name);
    const path = join(base, name);
    if (entry.isDirectory()) yield* walk(base, name, keepLinks);
    else if (entry.isFile()) yield { path, name };
    else if (entry.isSymbolicLink() && keepLinks) yield { path, name, link: await readlink(path) };
    // A link to a file is stored as the file. A link to a folder is not followed: it could be a cycle.
    else if (entry.isSymbolicLink() && (await isFile(path))) yield { path, name };
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function withoutFolders(files: readonly ArtifactFile[]): ArtifactFile[] {
  return [
    ...new Map(files.map((file) => [basename(file.name), { ...file, name: basename(file.name) }])).values(),
  ];
}

function ignore(): void {}
