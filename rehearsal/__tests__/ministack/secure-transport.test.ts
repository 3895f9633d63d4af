import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { decision, sessionOf, testEmulator, WORKAROUNDS, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
});
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Puts an object into a bucket that takes nothing but TLS. */
async function putByTlsOnly(on: TestEmulator): Promise<string> {
  const s3 = new S3Client({ ...on.client(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "tls-only" }));
  const Statement = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: "arn:aws:s3:::tls-only/*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: "tls-only", Policy }));
  const writer = await sessionOf(on, "writer", [{ Effect: "Allow", Action: "s3:PutObject", Resource: "*" }]);
  const put = new PutObjectCommand({ Bucket: "tls-only", Key: "a", Body: "a" });
  return decision(new S3Client({ ...on.client(writer), forcePathStyle: true }).send(put));
}

describe("aws:SecureTransport", () => {
  it("is true for requests on this machine", async () => {
    expect(await putByTlsOnly(emulator)).toBe("allowed");
  });

  it("is false in ministack itself", async () => {
    expect(await putByTlsOnly(bare)).toContain("explicit deny");
  });
});
