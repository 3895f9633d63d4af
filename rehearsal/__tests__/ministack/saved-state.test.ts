import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import {
  CreateTopicCommand,
  ListSubscriptionsCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import type { Credentials } from "../../src/aws/aws-context";
import { sessionOf, testEmulator, type TestEmulator } from "./fixture";

const BUCKET = { Bucket: "states" };
/** Of the same length, as the addresses of two sessions are. */
const [BEFORE, AFTER] = ["http://127.0.0.1:40001", "http://127.0.0.1:40002"];

let folder: string;
let file: string;
let emulators: TestEmulator[];
let session: Credentials;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "saved-state-"));
  file = join(folder, "state.pickle");
  emulators = [await testEmulator([], {}, folder), await testEmulator([], {}, folder)];
  session = await sessionOf(emulators[0]!, "reader", []);
});

afterAll(async () => {
  for (const emulator of emulators ?? []) await emulator.remove();
  rmSync(folder, { recursive: true, force: true });
});

const s3 = (emulator: TestEmulator) => new S3Client({ ...emulator.client(), forcePathStyle: true });

async function versions(emulator: TestEmulator) {
  const { Versions = [] } = await s3(emulator).send(new ListObjectVersionsCommand(BUCKET));
  return Versions.map(({ Key, VersionId, LastModified }) => ({ Key, VersionId, LastModified }));
}

async function subscriptions(emulator: TestEmulator) {
  const { Subscriptions } = await new SNSClient(emulator.client()).send(new ListSubscriptionsCommand({}));
  return Subscriptions;
}

describe("the state of an emulator", () => {
  it("is restored by another emulator, including what ministack itself would not save", async () => {
    const [one, other] = emulators as [TestEmulator, TestEmulator];
    await s3(one).send(new CreateBucketCommand(BUCKET));
    const VersioningConfiguration = { Status: "Enabled" as const };
    await s3(one).send(new PutBucketVersioningCommand({ ...BUCKET, VersioningConfiguration }));
    for (const Body of ["first", "second"])
      await s3(one).send(new PutObjectCommand({ ...BUCKET, Key: "state", Body }));
    const sns = new SNSClient(one.client());
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "failures" }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "a@example.com" }));

    await one.save();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await other.restore();

    expect(await versions(other)).toEqual(await versions(one));
    expect(await versions(other)).toHaveLength(2);
    expect(await subscriptions(other)).toEqual(await subscriptions(one));
    // The session of a role, and what was decided on it.
    const sts = new STSClient(other.client(session));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toContain("assumed-role/reader");
    expect(await one.decisions()).toEqual([]);
  });

  it("has new digests for objects whose addresses were replaced", async () => {
    const [one, other] = emulators as [TestEmulator, TestEmulator];
    const object = { ...BUCKET, Key: "addresses" };
    await s3(one).send(new PutObjectCommand({ ...object, Body: BEFORE, ChecksumAlgorithm: "SHA256" }));
    await one.save();
    writeFileSync(file, readFileSync(file, "latin1").replaceAll(BEFORE, AFTER), "latin1");
    await other.restore();
    // The client compares the checksum with what it has read.
    const { Body, ETag } = await s3(other).send(new GetObjectCommand({ ...object, ChecksumMode: "ENABLED" }));
    expect(await Body!.transformToString()).toBe(AFTER);
    const { ETag: same } = await s3(other).send(new PutObjectCommand({ ...object, Body: AFTER }));
    expect(ETag).toBe(same);
  });

  it("is not restored from a file that would call a function", async () => {
    const [, other] = emulators as [TestEmulator, TestEmulator];
    const before = await versions(other);
    writeFileSync(file, "cos\nsystem\n(S'true'\ntR.");
    await expect(other.restore()).rejects.toThrow(
      /could not restore its state: .*(os|posix)\.system is no data/,
    );
    expect(await versions(other)).toEqual(before);
  });

  it("is neither saved nor restored without a folder for it", async () => {
    const plain = await testEmulator();
    await expect(plain.save()).rejects.toThrow();
    await plain.remove();
  });
});
