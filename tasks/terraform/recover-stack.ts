import type { S3Client } from "@aws-sdk/client-s3";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importExisting, removeImportBlocks } from "./import-existing";
import { run } from "../command";
import { confirm } from "../confirm";
import { forget, type KeptState } from "./errored-states";
import {
  newestReadable,
  restore,
  stateIn,
  type StateFile,
  type StateLocation,
  type StoredState,
} from "./state-files";
import { stackFolder } from "./synth-output";

/** A stack, its state, and the states that builds saved. */
export interface Situation {
  readonly stack: string;
  readonly location: StateLocation;
  readonly stored: StoredState;
  /** The newest last. */
  readonly kept: readonly KeptState[];
  /** The bucket of what is kept. */
  readonly keptIn: string;
}

/** Describes a situation. */
export function describe({ stack, stored, kept }: Situation): string {
  const current = stateIn(stored);
  const state = current
    ? `state has serial ${current.serial}, lineage ${current.lineage}`
    : `state ${stored.kind}`;
  return [
    `${stack}: ${state}`,
    ...kept.map(
      (one) =>
        `  kept by build ${one.build} at ${one.since?.toISOString()}: serial ${one.state.serial}, lineage ${one.state.lineage}; ` +
        (forked(one.state, stored) ?? `npm run state:recover -- ${stack} pushes it`),
    ),
  ].join("\n");
}

/** Returns why a saved state does not continue the stored one; undefined when it does. */
export function forked(kept: StateFile, stored: StoredState): string | undefined {
  if (stored.kind === "missing") return undefined;
  if (stored.kind === "damaged") return "the state in the bucket is damaged and has to be restored first";
  if (kept.lineage !== stored.state.lineage) return "another lineage: it belongs to another state";
  if (kept.serial > stored.state.serial) return undefined;
  return "the state in the bucket is as new or newer: another apply has changed it since, so the state has forked";
}

/**
 * Does the first of these that applies: restores a damaged or deleted state, pushes one that a build saved, keeps the
 * resources at which Terraform was interrupted, or imports resources that exist and are missing in the state.
 *
 * @param callerArn an ARN of the account
 * @param refuseWhileBusy throws while a build or another operator works on the stack
 */
export async function recoverStack(
  s3: S3Client,
  situation: Situation,
  callerArn: string,
  refuseWhileBusy: () => Promise<void>,
): Promise<void> {
  const { stack, location, stored, kept, keptIn } = situation;
  const sure = async (what: string, then: string) => {
    console.log(`\n${what}`);
    await confirm({
      question: `Type the stack's name to ${then}: `,
      answer: stack,
      otherwise: "Nothing was changed.",
      recheck: refuseWhileBusy,
    });
  };

  const older = stored.kind === "readable" ? undefined : await newestReadable(s3, location);
  if (older) {
    const { written, state } = older;
    await sure(
      `The state of ${stack} is ${stored.kind === "missing" ? "deleted" : "damaged"}. ` +
        `The newest version that can be read is of ${written?.toISOString()}, serial ${state.serial}.`,
      "restore it",
    );
    await restore(s3, location, older);
    console.log("Restored. See what differs now: npm run diff");
    return;
  }
  if (stored.kind === "damaged") {
    throw new Error(
      `The state of ${stack} is damaged, and no older version can be read. ` +
        `Delete it (aws s3 rm s3://${location.bucket}/${location.key}) and run this again: it finds existing resources by name.`,
    );
  }
  const newest = kept.at(-1);
  if (newest) {
    const reason = forked(newest.state, stored);
    if (reason) throw new Error(forkedAdvice(stack, newest, keptIn, reason));
    console.log(describe(situation));
    await sure(`Pushes the state that build ${newest.build} saved.`, "push it");
    await push(stack, newest.state);
    await forget(s3, keptIn, newest);
    console.log(`Pushed. Apply ${stack} again: the interrupted change can be incomplete.`);
    return;
  }
  const state = stateIn(stored);
  if (state && state.tainted.length > 0) {
    await sure(
      `Terraform was interrupted while it created ${state.tainted.join(", ")}, and would replace it, ` +
        "which fails for a bucket. It can be kept: the next apply corrects what differs.",
      "keep it",
    );
    await terraform(stack, "init", "-input=false");
    for (const address of state.tainted) await terraform(stack, "untaint", address);
    console.log(`Kept. Apply ${stack} again.`);
    return;
  }
  await takeOver(stack, state, callerArn, sure);
}

function forkedAdvice(stack: string, { build, key }: KeptState, bucket: string, reason: string): string {
  return (
    `The state of ${stack} that build ${build} saved is not pushed: ${reason}.\n` +
    `Remove it (aws s3 rm s3://${bucket}/${key}), and run npm run state:recover -- ${stack} again: ` +
    "it finds by name the resources that only that state had."
  );
}

async function push(stack: string, { text }: StateFile): Promise<void> {
  // It contains secrets: only this user can read the folder.
  const folder = mkdtempSync(join(tmpdir(), "recover-"));
  try {
    const file = join(folder, "state.tfstate");
    writeFileSync(file, text, { mode: 0o600 });
    await terraform(stack, "init", "-input=false");
    await terraform(stack, "state", "push", file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Imports resources that are missing in the state and applies the rest of the stack, once the operator has read the plan. */
async function takeOver(
  stack: string,
  stored: StateFile | undefined,
  callerArn: string,
  sure: (what: string, then: string) => Promise<void>,
): Promise<void> {
  const found = await importExisting(stack, stored, callerArn);
  try {
    if (found.length === 0) {
      console.log(`Nothing of ${stack} is missing in its state: there is nothing to recover.`);
      return;
    }
    const plan = "recover.tfplan";
    await terraform(stack, "init", "-input=false");
    await terraform(stack, "plan", "-input=false", `-out=${plan}`);
    await sure(
      `These exist and are missing in the state: ${found.join(", ")}.`,
      "import them and apply this plan",
    );
    await terraform(stack, "apply", "-input=false", plan);
    console.log(`Imported. ${stack} is as this commit defines it.`);
  } finally {
    removeImportBlocks(stack);
    rmSync(join(stackFolder(stack), "recover.tfplan"), { force: true });
  }
}

async function terraform(stack: string, ...args: string[]): Promise<void> {
  await run("terraform", [`-chdir=${stackFolder(stack)}`, ...args]);
}
