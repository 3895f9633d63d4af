import type { S3Client } from "@aws-sdk/client-s3";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adoptOrphans, forgetOrphans } from "./import-existing";
import { run } from "../command";
import { confirm } from "../confirm";
import { forget, type KeptState } from "./errored-states";
import { newestReadable, restore, type StateFile, type StateLocation, type StoredState } from "./state-files";
import { stackFolder } from "./synth-output";

/** A stack, its state, and what builds have kept of it. */
export interface Situation {
  readonly stack: string;
  readonly location: StateLocation;
  readonly stored: StoredState;
  /** The newest last. */
  readonly kept: readonly KeptState[];
  /** The bucket of what is kept. */
  readonly keptIn: string;
}

/** A situation in words. */
export function describe({ stack, stored, kept }: Situation): string {
  const state =
    typeof stored === "string"
      ? `state ${stored}`
      : `state has serial ${stored.serial}, lineage ${stored.lineage}`;
  return [
    `${stack}: ${state}`,
    ...kept.map(
      (one) =>
        `  kept by build ${one.build} at ${one.since?.toISOString()}: serial ${one.state.serial}, lineage ${one.state.lineage}; ` +
        (forked(one.state, stored) ?? `npm run state:recover -- ${stack} pushes it`),
    ),
  ].join("\n");
}

/** Why a state that was kept does not continue the one that is stored; undefined when it does. */
export function forked(kept: StateFile, stored: StoredState): string | undefined {
  if (stored === "missing") return undefined;
  if (stored === "damaged") return "the state in the bucket is damaged and has to be restored first";
  if (kept.lineage !== stored.lineage) return "another lineage: it belongs to another state";
  if (kept.serial > stored.serial) return undefined;
  return "the state in the bucket is as new or newer: somebody has applied since, and the state has forked";
}

/**
 * Does what the situation asks for, the first of these: restores a state that is damaged or deleted, pushes
 * one that a build has kept, keeps what Terraform was interrupted at, or takes over what is there by its names
 * and in no state.
 *
 * @param callerArn an ARN of the account
 * @param refuseWhileBusy throws while somebody works on the stack: whoever answers late may find another situation
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

  const older = typeof stored === "string" ? await newestReadable(s3, location) : undefined;
  if (older) {
    const { written, state } = older;
    await sure(
      `The state of ${stack} is ${stored === "missing" ? "deleted" : "damaged"}. ` +
        `The newest version that can be read is of ${written?.toISOString()}, serial ${state.serial}.`,
      "restore it",
    );
    await restore(s3, location, older);
    console.log("Restored. Look what differs now: npm run diff");
    return;
  }
  if (stored === "damaged") {
    throw new Error(
      `The state of ${stack} is damaged, and no older version can be read. ` +
        `Delete it (aws s3 rm s3://${location.bucket}/${location.key}) and run this again: it finds by name what is there.`,
    );
  }
  const newest = kept.at(-1);
  if (newest) {
    const reason = forked(newest.state, stored);
    if (reason) throw new Error(forkedAdvice(stack, newest, keptIn, reason));
    console.log(describe(situation));
    await sure(`Pushes what build ${newest.build} kept.`, "push it");
    await push(stack, newest.state);
    await forget(s3, keptIn, newest);
    console.log(`Pushed. Apply ${stack} again: what was under way may be half done.`);
    return;
  }
  const state = stored === "missing" ? undefined : stored;
  if (state && state.tainted.length > 0) {
    await sure(
      `Terraform was interrupted as it made ${state.tainted.join(", ")}, and would destroy that and make it again, ` +
        "which it refuses for a bucket. It can be kept: the next apply puts right what differs.",
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
    `What build ${build} kept of ${stack} is not pushed: ${reason}.\n` +
    `Remove it (aws s3 rm s3://${bucket}/${key}), and run npm run state:recover -- ${stack} again: ` +
    "it finds by name what only that state knew."
  );
}

async function push(stack: string, { text }: StateFile): Promise<void> {
  // It holds secrets: nobody else may read the folder.
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

/** Imports what is there and in no state, and applies the rest of the stack, once somebody has read the plan. */
async function takeOver(
  stack: string,
  stored: StateFile | undefined,
  callerArn: string,
  sure: (what: string, then: string) => Promise<void>,
): Promise<void> {
  const found = await adoptOrphans(stack, stored, callerArn);
  try {
    if (found.length === 0) {
      console.log(`Nothing of ${stack} is missing in its state: there is nothing to recover.`);
      return;
    }
    const plan = "recover.tfplan";
    await terraform(stack, "init", "-input=false");
    await terraform(stack, "plan", "-input=false", `-out=${plan}`);
    await sure(
      `There already, and in no state: ${found.join(", ")}.`,
      "take over what is there, and apply this plan",
    );
    await terraform(stack, "apply", "-input=false", plan);
    console.log(`Taken over. ${stack} is as this commit defines it.`);
  } finally {
    forgetOrphans(stack);
    rmSync(join(stackFolder(stack), "recover.tfplan"), { force: true });
  }
}

async function terraform(stack: string, ...args: string[]): Promise<void> {
  await run("terraform", [`-chdir=${stackFolder(stack)}`, ...args]);
}
