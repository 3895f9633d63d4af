import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Far more than the stacks have, and little enough for any disk. */
const MOST = { files: 200, bytes: 100_000_000 };

/** The folder in a stack's own where cdktf puts the files that its resources name. */
const ASSETS = "assets";

/** What Terraform itself has written beside a stack: a state that it could not save is nowhere else. */
const KEPT = new Set([".terraform", ".terraform.lock.hcl", "errored.tfstate"]);

/** A file of a synthesized stack; its path is relative to `stacks`. */
interface Received {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Takes over stacks that other code has synthesized, and which are data here: what Terraform reads of each is its
 * JSON and its assets, and nothing else of the folder comes along. Terraform would load any other `.tf` file or
 * variables beside it, cdktf would follow the paths of its manifest, and a link could lead anywhere.
 *
 * @param from where the other's `cdktf.out` is
 * @param to where `cdktf.out` is written; of what is there only Terraform's own files stay
 * @returns the ids of the stacks
 * @throws Error that names what no stack has
 */
export function receiveStacks(from: string, to: string): string[] {
  const stacks = entries(join(from, "stacks"), "stacks").map((stack) => {
    if (!/^[a-z][a-z0-9-]*$/.test(stack)) throw refusal(`stacks/${stack}`, "is not a stack's name");
    return stack;
  });
  if (stacks.length === 0) throw new Error(`There are no stacks in ${from}: run npm run synth first.`);
  const files = stacks.flatMap((stack) => filesOf(join(from, "stacks"), stack));
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  if (files.length > MOST.files || bytes > MOST.bytes) {
    throw refusal(
      "stacks",
      `has ${files.length} files of ${bytes} bytes; at most ${MOST.files} of ${MOST.bytes} are read`,
    );
  }
  removeOthers(to);
  for (const { path } of files) {
    const copy = join(to, "stacks", path);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(from, "stacks", path), copy);
  }
  writeFileSync(join(to, "manifest.json"), JSON.stringify({ stacks: manifest(stacks) }, null, 2));
  return stacks.sort();
}

/** The JSON of a stack and its assets. */
function filesOf(stacks: string, stack: string): Received[] {
  const json = `${stack}/cdk.tf.json`;
  const inside = entries(join(stacks, stack), `stacks/${stack}`);
  if (!inside.includes("cdk.tf.json")) throw refusal(`stacks/${stack}`, "has no cdk.tf.json");
  const assets = inside.includes(ASSETS) ? assetsIn(stacks, `${stack}/${ASSETS}`) : [];
  return [regular(stacks, json), ...assets];
}

function assetsIn(stacks: string, folder: string): Received[] {
  return entries(join(stacks, folder), `stacks/${folder}`).flatMap((name) => {
    const path = `${folder}/${name}`;
    return lstatSync(join(stacks, path)).isDirectory() ? assetsIn(stacks, path) : [regular(stacks, path)];
  });
}

/** The names in a folder that is none by a link. */
function entries(folder: string, name: string): string[] {
  if (!lstatSync(folder).isDirectory()) throw refusal(name, "is not a folder");
  return readdirSync(folder);
}

function regular(stacks: string, path: string): Received {
  const found = lstatSync(join(stacks, path));
  if (!found.isFile()) throw refusal(`stacks/${path}`, "is not a regular file");
  return { path, bytes: found.size };
}

/** Removes what was synthesized before, and whatever else Terraform would load. */
function removeOthers(to: string): void {
  const stacks = join(to, "stacks");
  for (const stack of existsSync(stacks) ? readdirSync(stacks) : []) {
    for (const name of readdirSync(join(stacks, stack))) {
      if (!KEPT.has(name)) rmSync(join(stacks, stack, name), { recursive: true, force: true });
    }
  }
}

/** What cdktf needs to know to find the stacks. */
function manifest(stacks: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    stacks.map((name) => {
      const folder = `stacks/${name}`;
      const paths = { workingDirectory: folder, synthesizedStackPath: `${folder}/cdk.tf.json` };
      return [name, { name, constructPath: name, annotations: [], dependencies: [], ...paths }];
    }),
  );
}

function refusal(path: string, why: string): Error {
  return new Error(`The stacks are not read: ${path} ${why}. Synthesize them again with npm run synth.`);
}
