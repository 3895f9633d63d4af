import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readInvocation } from "../../invocation";
import type { Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { entriesOf, MOST_BYTES, readStackJson, valueAt, type JsonObject } from "../../stacks/stack-json";
import { stackProblems } from "./check-stack";
import { expectedOf } from "./expected";

/** Problems that are listed: a stack that is wrong throughout has thousands. */
const MOST_PROBLEMS = 100;

/**
 * Reads a synthesized stack that is allowed to be deployed by a build.
 *
 * @param source where `cdktf.out` is
 * @throws Error that says all that is not allowed
 */
export async function checkedStack(stackId: string, source: string, settings: Settings): Promise<JsonObject> {
  const expected = expectedOf(stackId, settings, readInvocation().bootstrapped);
  const json = await readStack(source, join("cdktf.out/stacks", stackId, "cdk.tf.json"));
  refuse(stackId, stackProblems(stackId, json, expected));
  return json;
}

/**
 * Reads all stacks that builds deploy, by their ids.
 *
 * @param source where `cdktf.out` is
 * @throws Error that says all that is not allowed in the first that has such a thing
 */
export async function checkedStacks(
  source: string,
  settings: Settings,
): Promise<ReadonlyMap<string, JsonObject>> {
  const { environments } = namesOf(settings);
  const checked = new Map<string, JsonObject>();
  for (const id of [stackIds.pipeline, ...environments.map((one) => stackIds.service(one))])
    checked.set(id, await checkedStack(id, source, settings));
  return checked;
}

/** The files that a checked stack names, relative to its folder: all are below `assets/`. */
export function bundlesOf(json: JsonObject): string[] {
  const functions = entriesOf(valueAt(json, "resource", "aws_lambda_function"));
  const files = functions.map(([, one]) => valueAt(one, "filename") as string | undefined);
  // A function of the pipeline stack is one of the pinned programs.
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** Reads the JSON of a stack that is not checked yet. @throws Error that names the file */
export async function readStack(source: string, file: string): Promise<JsonObject> {
  const { size } = await lstat(join(source, file));
  if (size > MOST_BYTES) throw new Error(`${file} cannot be used: it has more than ${MOST_BYTES} bytes.`);
  try {
    return readStackJson(await readFile(join(source, file), "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be used: ${(error as Error).message}.`, { cause: error });
  }
}

/** @throws Error that lists what is wrong with a stack, if anything is */
export function refuse(stackId: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length - MOST_PROBLEMS;
  throw new Error(
    [
      `The stack ${stackId} contains items that are not on the allow list:`,
      ...problems.slice(0, MOST_PROBLEMS).map((problem) => `  - ${problem}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      "The list is tasks/barrier/allowed.ts. A change of it is a change of the pipeline: deploy it first, in a commit of",
      "its own, and what needs it in the next one (docs/runbooks/failed-build.md).",
    ].join("\n"),
  );
}
