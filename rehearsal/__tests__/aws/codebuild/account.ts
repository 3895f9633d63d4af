import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fromBufferPromise } from "yauzl";
import { ZipFile } from "yazl";
import { clientConfig } from "../../../src/aws/client-config";
import type { AwsContext } from "../../../src/aws/aws-context";
import { rootCredentials, startEmulator } from "../../../src/ministack/emulator";
import { SessionLog } from "../../../src/session-log";

const ACCOUNT = "123456789012";
const REGION = "eu-west-1";

/** An emulated account with a bucket for artifacts, for one test file. */
export interface Account {
  readonly aws: AwsContext;
  readonly bucket: string;
  /** Creates a role that `service` is allowed to assume, and resolves with its ARN. */
  createRole(name: string, statements: object[], service?: string): Promise<string>;
  /** Uploads a zip of these files, by name. */
  putZip(key: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** The files of an uploaded zip, by name. */
  getZip(key: string): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

export async function openAccount(): Promise<Account> {
  const folder = mkdtempSync(join(tmpdir(), "codebuild-"));
  const emulator = await startEmulator({
    python: resolve(".cache/venv/bin/python"),
    folder,
    account: ACCOUNT,
    region: REGION,
  });
  const root = rootCredentials(ACCOUNT);
  const endpoint = emulator.url;
  const aws: AwsContext = {
    region: REGION,
    account: ACCOUNT,
    endpoint,
    emulator: endpoint,
    emulatorLog: emulator.logFile,
    root,
    folder,
    log: new SessionLog(folder),
    machine: process.env,
  };
  const s3 = new S3Client({ ...clientConfig(aws), forcePathStyle: true });
  const iam = new IAMClient(clientConfig(aws));
  const bucket = "artifacts";
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));

  return {
    aws,
    bucket,
    async createRole(name, statements, service = "codebuild.amazonaws.com") {
      const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } };
      const { Role } = await iam.send(
        new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policy([trust]) }),
      );
      if (statements.length === 0) return Role!.Arn!;
      const PolicyDocument = policy(statements);
      await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "inline", PolicyDocument }));
      return Role!.Arn!;
    },
    async putZip(key, files) {
      const zip = new ZipFile();
      for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
      zip.end();
      const archive = join(folder, "upload.zip");
      await pipeline(zip.outputStream, createWriteStream(archive));
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(archive) }));
    },
    async getZip(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const zip = await fromBufferPromise(Buffer.from(await Body!.transformToByteArray()), {
        lazyEntries: true,
      });
      const files: Record<string, string> = {};
      for await (const entry of zip.eachEntry()) {
        const chunks = await (await zip.openReadStreamPromise(entry)).toArray();
        files[entry.fileName] = Buffer.concat(chunks as Buffer[]).toString();
      }
      return files;
    },
    async stop() {
      s3.destroy();
      iam.destroy();
      await emulator.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function policy(Statement: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
