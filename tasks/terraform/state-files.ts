import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { z } from "zod";

/** What Terraform writes into a state (internal/states/statefile/version4.go), as far as it is read here. */
const stateFile = z.object({
  version: z.literal(4),
  serial: z.number(),
  lineage: z.string(),
  outputs: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
  resources: z.array(
    z.object({
      mode: z.string().optional(),
      type: z.string(),
      name: z.string(),
      instances: z.array(z.object({ status: z.string().optional() })).default([]),
    }),
  ),
});

/** A state as Terraform wrote it. */
export interface StateFile {
  /** One more with each time it was written. */
  readonly serial: number;
  /** Made up when the state was begun: states of another lineage are about something else. */
  readonly lineage: string;
  /** The addresses of what it knows, such as `aws_iam_role.api_role_1A2B3C4D`. */
  readonly addresses: ReadonlySet<string>;
  /** What the stack says of itself, such as `api_url`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Those that Terraform was interrupted at. */
  readonly tainted: readonly string[];
  readonly text: string;
}

/** The state in the bucket, or what is there instead. */
export type StoredState = StateFile | "missing" | "damaged";

/** A version of a state's object that is not the current one. */
export interface OlderState {
  readonly versionId: string;
  readonly written: Date | undefined;
  readonly state: StateFile;
}

/** A state; undefined for what Terraform could not read either. */
export function parseState(text: string): StateFile | undefined {
  try {
    const { serial, lineage, outputs, resources } = stateFile.parse(JSON.parse(text));
    const managed = resources.filter(({ mode }) => mode !== "data");
    const address = ({ type, name }: { type: string; name: string }) => `${type}.${name}`;
    return {
      serial,
      lineage,
      addresses: new Set(managed.map(address)),
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
      tainted: managed
        .filter(({ instances }) => instances.some(({ status }) => status === "tainted"))
        .map(address),
      text,
    };
  } catch {
    return undefined;
  }
}

/** The state that the next plan will find. */
export async function storedState(s3: S3Client, location: StateLocation): Promise<StoredState> {
  const text = await read(s3, location).catch((error: unknown) => {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  });
  if (text === undefined) return "missing";
  return parseState(text) ?? "damaged";
}

/** The newest version of a state that can be read, where the current one is damaged or deleted. */
export async function newestReadable(s3: S3Client, location: StateLocation): Promise<OlderState | undefined> {
  // One page, a thousand versions, the newest first.
  const { Versions = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: location.bucket, Prefix: location.key }),
  );
  for (const { Key, VersionId: versionId, LastModified: written } of Versions) {
    // The lock's name begins with the state's.
    if (Key !== location.key || versionId === undefined) continue;
    const state = parseState(await read(s3, location, versionId));
    if (state) return { versionId, written, state };
  }
  return undefined;
}

/** Makes an older state the current one again. */
export async function restore(s3: S3Client, location: StateLocation, { state }: OlderState): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: location.bucket,
      Key: location.key,
      Body: state.text,
      ContentType: "application/json",
      ServerSideEncryption: "AES256",
    }),
  );
}

/** Where a state is. */
export interface StateLocation {
  readonly bucket: string;
  readonly key: string;
}

async function read(s3: S3Client, { bucket, key }: StateLocation, VersionId?: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId }));
  return (await Body?.transformToString()) ?? "";
}
