import type { S3Client } from "@aws-sdk/client-s3";
import type { Names } from "../../stacks/names";
import type { JsonObject } from "../../stacks/stack-json";
import type { Drift } from "./compare-stack";
import { keptStack } from "./kept-stacks";
import { stateVersion } from "./state-version";

/** What a comparison found, or why a stack was not compared. */
export type Comparison =
  | { readonly kind: "compared"; readonly drift: Drift }
  | { readonly kind: "skipped" | "failed"; readonly reason: string };

/**
 * Compares a stack as it was last deployed, unless it is being deployed.
 *
 * @param compare compares the stack with the account
 */
export async function compareDeployed(
  s3: S3Client,
  names: Names,
  stack: string,
  compare: (kept: JsonObject) => Promise<Drift>,
): Promise<Comparison> {
  try {
    const kept = await keptStack(s3, names, stack);
    if (!kept) return { kind: "skipped", reason: "the next deployment keeps what it deploys." };
    const before = await stateVersion(s3, names, stack);
    if (before === undefined) return { kind: "skipped", reason: "its state is locked." };
    const drift = await compare(kept);
    if ((await stateVersion(s3, names, stack)) !== before)
      return { kind: "skipped", reason: "it was deployed in the meantime." };
    return { kind: "compared", drift };
  } catch (error) {
    return { kind: "failed", reason: (error as Error).message };
  }
}
