import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Names } from "../../stacks/names";

const stackDrift = z.object({
  /** When the stack was compared last, ISO 8601. */
  at: z.string(),
  /** Since when it differs as it does now; undefined where nothing differs. */
  since: z.string().optional(),
  /** What differs, as text. */
  lines: z.array(z.string()),
  /** The SHA-256 of what differs, with complete values; empty where nothing differs. */
  digest: z.string(),
});

const record = z.object({ stacks: z.record(z.string(), stackDrift) });

/** What a comparison of a stack with the account found. */
export type StackDrift = Readonly<z.infer<typeof stackDrift>>;

/** What the comparisons found last, by the stack's id. */
export type DriftRecord = Readonly<Record<string, StackDrift>>;

/** Reads what CheckDrift found last; empty before its first build. */
export async function readDriftRecord(s3: S3Client, names: Names): Promise<DriftRecord> {
  const Key = names.driftRecord;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: names.stateBucket, Key }));
    return record.parse(JSON.parse(await Body!.transformToString())).stacks;
  } catch (error) {
    if (error instanceof NoSuchKey) return {};
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new Error(
        `s3://${names.stateBucket}/${Key} is not what CheckDrift writes. Delete it: the next build writes it again.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Stores what was found. */
export async function writeDriftRecord(s3: S3Client, names: Names, stacks: DriftRecord): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: names.stateBucket,
      Key: names.driftRecord,
      Body: `${JSON.stringify({ stacks }, undefined, 2)}\n`,
      ContentType: "application/json",
    }),
  );
}
