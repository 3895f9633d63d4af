import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { z } from "zod";

/** What Terraform writes into a state (internal/states/statefile/version4.go), as far as it is used here. */
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
  /** Increases by one with each write. */
  readonly serial: number;
  /** Generated with the first state: states of another lineage describe other resources. */
  readonly lineage: string;
  /** The addresses of its resources, such as `aws_iam_role.api_role_1A2B3C4D`. */
  readonly addresses: ReadonlySet<string>;
  /** The outputs of the stack, such as `api_url`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The addresses at which Terraform was interrupted. */
  readonly tainted: readonly string[];
  readonly text: string;
}

/** The state in the bucket, or why there is none. */
export type StoredState =
  | { readonly kind: "readable"; readonly state: StateFile }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged" };

/** Returns the state in the bucket; undefined where none can be read. */
export function stateIn(stored: StoredState): StateFile | undefined {
  return stored.kind === "readable" ? stored.state : undefined;
}

/** A version of a state's object that is not the current one. */
export interface OlderState {
  readonly versionId: string;
  readonly written: Date | undefined;
  readonly state: StateFile;
}

/** Parses a state; undefined where Terraform could not read it either. */
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

/** Reads the state that the next plan uses. */
export async function storedState(s3: S3Client, location: StateLocation): Promise<StoredState> {
  const text = await read(s3, location).catch((error: unknown) => {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  });
  if (text === undefined) return { kind: "missing" };
  const state = parseState(text);
  return state ? { kind: "readable", state } : { kind: "damaged" };
}

/** Returns the newest readable version of a damaged or deleted state. */
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
