import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
  type BucketLocationConstraint,
} from "@aws-sdk/client-s3";
import { ZipFile } from "yazl";
import { LocalServer } from "../local-server";
import type { SessionLog } from "../session-log";
import type { Invoke } from "./gateway";

/** How the emulator is reached, in the form that SDK clients take. */
export interface Account {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * The function that S3 calls in the emulator's Lambda: it hands the event to this process, where the sources are
 * watched, and fails when that one fails. So events, and calling again after an error, are the emulator's.
 */
const HANDS_OVER = `exports.handler = async (event) => {
  const answer = await fetch(process.env.EVENTS_URL, { method: "POST", body: JSON.stringify(event) });
  if (!answer.ok) throw new Error(await answer.text());
};`;

/** Creates the bucket as the service's stack does, and has `invoke` called for every document that is stored or removed. */
export async function createBucket(
  account: Account,
  bucket: string,
  invoke: Invoke,
  log: SessionLog,
): Promise<void> {
  const s3 = new S3Client(account);
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      // S3 wants no name for the region that was the first.
      ...(account.region !== "us-east-1" && {
        CreateBucketConfiguration: { LocationConstraint: account.region as BucketLocationConstraint },
      }),
    }),
  );
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          {
            LambdaFunctionArn: await createFunction(account, bucket, await receive(invoke, log)),
            Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
            Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "documents/" }] } },
          },
        ],
      },
    }),
  );
}

async function createFunction(account: Account, bucket: string, eventsUrl: string): Promise<string> {
  const lambda = new LambdaClient(account);
  const { Role } = await new IAMClient(account).send(
    new CreateRoleCommand({
      RoleName: "object-events",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "lambda.amazonaws.com" },
        },
      }),
    }),
  );
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(HANDS_OVER), "index.js");
  zip.end();
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "object-events",
      Role: Role?.Arn,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Timeout: 900,
      Code: { ZipFile: await buffer(zip.outputStream) },
      Environment: { Variables: { EVENTS_URL: eventsUrl } },
    }),
  );
  if (FunctionArn === undefined) throw new Error("The emulator made a function without an ARN.");
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: FunctionArn,
      StatementId: "bucket",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: `arn:aws:s3:::${bucket}`,
    }),
  );
  return FunctionArn;
}

/** Listens for events and returns the URL, which contains a secret. */
async function receive(invoke: Invoke, log: SessionLog): Promise<string> {
  const path = `/${randomUUID()}`;
  const server = await LocalServer.listen({
    log,
    refuse: (_, response, { status, message }) => response.writeHead(status).end(message),
  });
  server.answerWith(async (request, response) => {
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    const event: unknown = JSON.parse((await buffer(request)).toString());
    try {
      await invoke(event);
      response.end();
    } catch (error) {
      // The function failed: the emulator tries again.
      console.error((error as Error).message);
      response.writeHead(500).end((error as Error).message);
    }
  });
  return `${server.url}${path}`;
}
