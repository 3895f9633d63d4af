import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { JsonObject } from "../../stacks/stack-json";
import { bundlesOf } from "../barrier/checked-stack";
import type { Subject } from "./statement";

/** The programs that SelfUpdate stores for the next run. */
const PROGRAMS = "dist/programs.zip";

/**
 * Returns what is deployed from an artifact: the JSON of each stack, each bundle that a stack names, and the pinned
 * programs, each with its SHA-256.
 *
 * @param artifact the artifact of UnitTest
 * @param stacks the stacks that builds deploy, by their ids, after their check
 */
export async function subjectsOf(
  artifact: string,
  stacks: ReadonlyMap<string, JsonObject>,
): Promise<Subject[]> {
  const inStacks = [...stacks].flatMap(([id, json]) =>
    ["cdk.tf.json", ...bundlesOf(json)].map((file) => join("cdktf.out/stacks", id, file)),
  );
  return Promise.all(
    [...inStacks, PROGRAMS].sort().map(async (name) => ({
      name,
      digest: { sha256: await fileDigest(join(artifact, name)) },
    })),
  );
}

async function fileDigest(file: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(file), digest);
  return digest.digest("hex");
}
