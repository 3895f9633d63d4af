import { readFileSync } from "node:fs";
import { runProgram } from "../program";

/**
 * Compares the bootstrap level that a synthesized pipeline needs with that of the account.
 *
 * @param needed the output `bootstrap_level` of the pipeline stack
 * @param deployed the level in SSM; undefined in a pipeline from before there were levels
 * @returns what is missing and what to do; undefined when nothing is
 */
export function missingBootstrap(needed: number, deployed: string | undefined): string | undefined {
  const level = Number(deployed || 0);
  if (level >= needed) return undefined;
  return (
    `The pipeline of this commit needs more than SelfUpdate is allowed to deploy (bootstrap level ${needed}; this account has ${level}). ` +
    "The pipeline stays as it is; everything else of this run was deployed. " +
    "Check out this commit and run `npm run bootstrap` to update it."
  );
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(main);

function main(): void {
  const { output } = JSON.parse(readFileSync("cdktf.out/stacks/pipeline/cdk.tf.json", "utf8")) as {
    output: { bootstrap_level: { value: number } };
  };
  const missing = missingBootstrap(output.bootstrap_level.value, process.env.pipeline_bootstrap_level);
  if (missing) console.error(missing);
  // Read by the buildspec.
  console.log(missing ? "keep" : "update");
}
