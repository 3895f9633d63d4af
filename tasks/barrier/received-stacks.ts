import { copyFileSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { stackProblems } from "./check-stack";
import { expectedOf } from "./expected";
import { readStack, refuse } from "./checked-stack";
import { commented } from "./prepare-stack";
import { isObject, type Json } from "../../stacks/stack-json";
import { visible } from "../../stacks/visible-text";

/** Far more than the stacks have. */
const MOST = { files: 200, bytes: 100_000_000 };

/** The file of a stack that Terraform reads. */
const JSON_FILE = "cdk.tf.json";

/** The folder of a stack with the files that its resources name. */
const ASSETS = "assets";

/** What Terraform writes beside a stack: a state that it could not save exists nowhere else. */
const KEPT = new Set([".terraform", ".terraform.lock.hcl", "errored.tfstate"]);

/** A file of a synthesized stack; its path is relative to the folder of all stacks. */
interface StackFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Replaces this program's stacks with stacks that other code has synthesized, as data: the JSON of each, if the allow
 * list accepts it, and its assets. Nothing else is copied: Terraform would load any other `.tf` file or variables, cdktf
 * would follow the paths of a manifest, and a link could lead anywhere.
 *
 * The other stacks stay this program's, and always the state stack: no build deploys it, and its boundaries limit the
 * others.
 *
 * @param ids the stacks to replace
 * @param from the `cdktf.out` of the other code
 * @param to this program's `cdktf.out`, with all stacks of the settings
 * @throws Error that names what is not allowed
 */
export async function receiveStacks(
  ids: readonly string[],
  from: string,
  to: string,
  settings: Settings,
): Promise<void> {
  const [source, target] = [join(from, "stacks"), join(to, "stacks")];
  const known = [...deployedByBuilds(settings), stackIds.state];
  const unknown = entries(source, "").find((name) => !known.includes(name));
  if (unknown !== undefined) throw refusal(unknown, `is none of ${known.join(", ")}`);
  const files = ids.flatMap((id) => filesOf(source, id));
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  if (files.length > MOST.files || bytes > MOST.bytes) {
    const most = `at most ${MOST.files} files of ${MOST.bytes} bytes are read`;
    throw refusal("", `has ${files.length} files of ${bytes} bytes: ${most}`);
  }
  const checked = await Promise.all(ids.map((id) => check(from, id, settings)));
  for (const id of ids) removeStack(join(target, id));
  for (const { path } of files) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(join(source, path), join(target, path));
  }
  // The text that was checked: the file can have changed since.
  ids.forEach((id, index) => writeFileSync(join(target, id, JSON_FILE), checked[index]!));
}

/** Returns the addresses in a stack that other code has synthesized differently. */
export async function stackChanges(stackId: string, from: string, to: string): Promise<string[]> {
  const folder = join(from, "stacks");
  if (!entries(folder, "").includes(stackId)) return [];
  filesOf(folder, stackId);
  const file = join("stacks", stackId, JSON_FILE);
  const [theirs, ours] = [blocks(await readStack(from, file)), blocks(await readStack(to, file))];
  const addresses = [...new Set([...theirs.keys(), ...ours.keys()])].sort();
  return addresses.filter((address) => theirs.get(address) !== ours.get(address)).map(visible);
}

/** Checks a stack. @returns its JSON */
async function check(from: string, id: string, settings: Settings): Promise<string> {
  const json = await readStack(from, join("stacks", id, JSON_FILE));
  refuse(id, stackProblems(id, json, expectedOf(id, settings)));
  return JSON.stringify(commented(id, json), null, 2);
}

/** The ids of the stacks that builds deploy. */
export function deployedByBuilds(settings: Settings): string[] {
  return [stackIds.pipeline, ...namesOf(settings).environments.map((one) => stackIds.service(one))];
}

/** Maps each resource and each other block of a stack by address. */
function blocks(value: Json, address = "", depth = 0): Map<string, string> {
  if (depth === 3 || !isObject(value)) return new Map([[address, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value)
      .filter(([key]) => key !== "//")
      .flatMap(([key, one]) => [...blocks(one, address ? `${address}.${key}` : key, depth + 1)]),
  );
}

/** The JSON of a stack and its assets. */
function filesOf(stacks: string, id: string): StackFile[] {
  const inside = entries(stacks, id);
  if (!inside.includes(JSON_FILE)) throw refusal(id, `has no ${JSON_FILE}`);
  const assets = inside.includes(ASSETS) ? assetsIn(stacks, `${id}/${ASSETS}`) : [];
  return [regular(stacks, `${id}/${JSON_FILE}`), ...assets];
}

function assetsIn(stacks: string, folder: string): StackFile[] {
  return entries(stacks, folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return lstatSync(join(stacks, path)).isDirectory() ? assetsIn(stacks, path) : [regular(stacks, path)];
  });
}

/** Returns the names in a folder. @throws Error for a link */
function entries(stacks: string, folder: string): string[] {
  const found = lstatSync(join(stacks, folder), { throwIfNoEntry: false });
  if (!found?.isDirectory()) throw refusal(folder, "is not a folder");
  return readdirSync(join(stacks, folder));
}

function regular(stacks: string, path: string): StackFile {
  const found = lstatSync(join(stacks, path));
  if (!found.isFile()) throw refusal(path, "is not a regular file");
  return { path, bytes: found.size };
}

/** Removes a synthesized stack, and everything else that Terraform would load. */
function removeStack(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!KEPT.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function refusal(path: string, why: string): Error {
  const name = join("stacks", path);
  return new Error(`The stacks are not read: ${name} ${why}. Synthesize them again with npm run synth.`);
}
