import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["version-keys"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const Bucket = "documents";
const keys = ["documents/a+b %41&<é>.txt", "documents/plain.txt"];

/** Two objects, of which one is deleted, and how their versions are listed. */
async function listed(at: TestEmulator, input: { EncodingType?: "url"; MaxKeys?: number } = {}) {
  const s3 = new S3Client({ ...at.client(), forcePathStyle: true });
  const {
    Versions = [],
    DeleteMarkers = [],
    ...rest
  } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: "documents/", ...input }));
  return { versions: Versions.map(({ Key }) => Key), markers: DeleteMarkers.map(({ Key }) => Key), ...rest };
}

async function fill(at: TestEmulator): Promise<void> {
  const s3 = new S3Client({ ...at.client(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "1" }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: keys[0] }));
}

describe("the keys in a list of object versions", () => {
  it("are encoded on request, which ministack itself ignores", async () => {
    await fill(emulator);
    await fill(bare);
    const encoded = keys.map((key) => encodeURIComponent(key).replaceAll("%2F", "/"));
    expect(await listed(emulator, { EncodingType: "url" })).toMatchObject({
      versions: encoded,
      markers: [encoded[0]],
      EncodingType: "url",
    });
    expect(await listed(emulator, { EncodingType: "url", MaxKeys: 1 })).toMatchObject({
      NextKeyMarker: encoded[0],
      IsTruncated: true,
    });
    const as = await listed(bare, { EncodingType: "url" });
    expect(as.versions).toEqual(keys);
    expect(as).not.toHaveProperty("EncodingType");
  });

  it("are not encoded by default", async () => {
    const as = await listed(emulator);
    expect(as).toMatchObject({ versions: keys, markers: [keys[0]] });
    expect(as).not.toHaveProperty("EncodingType");
  });
});
