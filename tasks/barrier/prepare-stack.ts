/**
 * Prepares a stack for a privileged step: `node prepare-stack.js STACK FOLDER`. The artifact of UnitTest, in
 * $CODEBUILD_SRC_DIR, must have the digest that UnitTest of the same run exported (BUILD_DIGEST); nothing is read before
 * that check. The allow list must accept the stack. The folder then gets the stack and the bundles that it names, and
 * nothing else of the artifact: Terraform reads every `*.tf`, `*.tfvars`, lock file and `.terraform` beside a stack, and
 * cdktf runs the app in `cdktf.json`. The lock file is that of the pinned programs.
 */
import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readSettings, type Settings } from "../../settings";
import { bundlesOf, checkedStack } from "./checked-stack";
import { folderDigest } from "./folder-digest";
import { LOCK_FILE, lockOf } from "./provider-lock";
import { entriesOf, type JsonObject } from "../../stacks/stack-json";
import { runProgram } from "../program";

/** The version of cdktf in its manifest. */
const CDKTF = "0.21.0";
/** Bytes of a bundle: what Lambda accepts in one request. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BUNDLE_BYTES = 50 * 1024 * 1024;

export interface Preparation {
  readonly stackId: string;
  /** The artifact of UnitTest, and the digest that it must have. */
  readonly source: string;
  readonly digest: string;
  /** A folder without `cdktf.out`. */
  readonly target: string;
  /** The lock file with the hashes of all providers. */
  readonly lock: string;
  readonly settings: Settings;
}

/**
 * Checks a stack of an artifact and copies it.
 * @throws Error that lists everything that is not allowed
 */
export async function prepareStack({
  stackId,
  source,
  digest,
  target,
  lock,
  settings,
}: Preparation): Promise<void> {
  await checkDigest(source, digest);
  const json = await checkedStack(stackId, source, settings);
  const folder = join("cdktf.out/stacks", stackId);
  if (existsSync(join(target, "cdktf.out")))
    throw new Error(`${target} has a stack already. Name another folder.`);
  const providers = lockOf(json, await readFile(lock, "utf8"));
  for (const bundle of bundlesOf(json)) await copyBundle(join(source, folder), bundle, join(target, folder));
  await write(target, join(folder, "cdk.tf.json"), text(commented(stackId, json)));
  await write(target, join(folder, LOCK_FILE), providers);
  await write(target, "cdktf.out/manifest.json", text(manifest(stackId)));
  await write(target, "cdktf.json", text(configuration));
}

async function checkDigest(source: string, digest: string): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw new Error(
      "BUILD_DIGEST is not a SHA-256 digest. CheckBuild of this run exports the digest of the artifact.",
    );
  }
  const found = await folderDigest(source);
  if (found === digest) return;
  throw new Error(
    `The artifact is not the one that UnitTest of this run made: its digest is ${found} and not ${digest}. ` +
      "Nothing of it was used. Find out what has replaced it before you start the pipeline again.",
  );
}

async function copyBundle(from: string, bundle: string, to: string): Promise<void> {
  const file = join(from, bundle);
  const stats = await lstat(file);
  if (!stats.isFile() || stats.size > MOST_BUNDLE_BYTES) {
    throw new Error(`${bundle} is not a file of at most ${MOST_BUNDLE_BYTES} bytes.`);
  }
  await mkdir(dirname(join(to, bundle)), { recursive: true });
  await copyFile(file, join(to, bundle));
}

/** Returns the stack with the comment that cdktf reads: the names of its outputs. */
export function commented(stackId: string, json: JsonObject): JsonObject {
  const outputs = Object.fromEntries(entriesOf(json.output).map(([name]) => [name, name]));
  return {
    ...json,
    "//": {
      metadata: { backend: "s3", stackName: stackId, version: CDKTF },
      outputs: { [stackId]: outputs },
    },
  };
}

function manifest(stackId: string): JsonObject {
  const workingDirectory = `stacks/${stackId}`;
  return {
    stacks: {
      [stackId]: {
        annotations: [],
        constructPath: stackId,
        dependencies: [],
        name: stackId,
        stackMetadataPath: `${workingDirectory}/metadata.json`,
        synthesizedStackPath: `${workingDirectory}/cdk.tf.json`,
        workingDirectory,
      },
    },
    version: CDKTF,
  };
}

/** cdktf.json. The app does nothing, since nothing is synthesized. */
const configuration: JsonObject = {
  language: "typescript",
  app: "true",
  projectId: "heavy-water-pipeline",
  sendCrashReports: "false",
  terraformProviders: [],
  terraformModules: [],
};

function text(json: JsonObject): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}

async function write(target: string, file: string, contents: string): Promise<void> {
  await mkdir(dirname(join(target, file)), { recursive: true });
  await writeFile(join(target, file), contents);
}

/** Prepares the stack that the arguments name, in a build. */
export async function main([stackId, target]: readonly string[]): Promise<void> {
  const { CODEBUILD_SRC_DIR: source, BUILD_DIGEST, PROGRAMS } = process.env;
  if (stackId === undefined || target === undefined || !source) {
    throw new Error(
      "Name stack and folder: CODEBUILD_SRC_DIR=… BUILD_DIGEST=… node prepare-stack.js STACK FOLDER",
    );
  }
  // A pipeline from before programs were pinned has neither, and no step that exports the digest.
  // Stryker disable next-line StringLiteral: whatever is no digest is refused.
  const digest = BUILD_DIGEST ?? (PROGRAMS ? "" : await folderDigest(source));
  // The programs are in the current folder.
  await prepareStack({ stackId, source, digest, target, lock: LOCK_FILE, settings: readSettings() });
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(() => main(process.argv.slice(2)));
