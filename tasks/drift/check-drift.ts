/**
 * Compares production and the pipeline with what was deployed, and notifies the failure topic when what differs has
 * changed since the last time: `node check-drift.js`, in the folder of the pinned programs.
 */
import { S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSettings } from "../../settings";
import { failureTopicName, namesOf, type Names } from "../../stacks/names";
import { LOCK_FILE } from "../barrier/provider-lock";
import { callerLocation } from "../permissions/compare";
import { runProgram } from "../program";
import { compareDeployed, type Comparison } from "./comparison";
import { compareStack, type Drift } from "./compare-stack";
import { comparedStacks } from "./kept-stacks";
import { driftMessage, type Message } from "./message";
import { readDriftRecord, writeDriftRecord, type DriftRecord, type StackDrift } from "./record";

/**
 * Compares each stack, notifies of a change, and records what was found. A stack that is not compared keeps what was
 * found before.
 *
 * @throws Error that names the stacks that could not be compared, after the others were recorded
 */
export async function checkDrift(
  s3: S3Client,
  names: Names,
  compare: (stack: string) => Promise<Comparison>,
  notify: (message: Message) => Promise<unknown>,
): Promise<void> {
  const before = await readDriftRecord(s3, names);
  const now: Record<string, StackDrift> = { ...before };
  const failures: string[] = [];
  // One after the other: a build has the memory for one of Terraform's AWS providers.
  for (const stack of comparedStacks) {
    const found = await compare(stack);
    if (found.kind === "compared") now[stack] = entry(found.drift, before[stack]);
    if (found.kind === "failed") failures.push(`${stack} could not be compared: ${found.reason}`);
    console.log(describe(stack, found));
  }
  await report(before, now, notify);
  await writeDriftRecord(s3, names, now);
  if (failures.length > 0) throw new Error(failures.join("\n"));
}

function entry({ lines, digest }: Drift, before: StackDrift | undefined): StackDrift {
  const at = new Date().toISOString();
  const since = before?.digest === digest ? before.since : at;
  return { at, ...(digest !== "" && { since }), lines: [...lines], digest };
}

/** Before the record: if this fails, the next build notifies. */
async function report(
  before: DriftRecord,
  now: DriftRecord,
  notify: (message: Message) => Promise<unknown>,
): Promise<void> {
  const message = driftMessage(before, now);
  if (message === undefined) return console.log("Nothing new is to be notified.");
  await notify(message);
  console.log(`Notified the failure topic: ${message.subject}.`);
}

function describe(stack: string, found: Comparison): string {
  if (found.kind !== "compared") return `${stack} was not compared: ${found.reason}`;
  if (found.drift.lines.length === 0) return `${stack} is as Terraform deployed it.`;
  return found.drift.lines.join("\n");
}

async function main(): Promise<void> {
  const names = namesOf(readSettings());
  const s3 = new S3Client();
  const { partition, region, accountId } = await callerLocation();
  const lock = await readFile(LOCK_FILE, "utf8");
  const TopicArn = `arn:${partition}:sns:${region}:${accountId}:${failureTopicName}`;
  await checkDrift(
    s3,
    names,
    (stack) =>
      compareDeployed(s3, names, stack, (kept) => compareStack(stack, kept, join("compared", stack), lock)),
    ({ subject, text }) =>
      new SNSClient().send(new PublishCommand({ TopicArn, Subject: subject, Message: text })),
  );
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(main);
