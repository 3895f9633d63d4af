/**
 * Shows the permissions that this commit adds to the deployed roles: `npm run permissions:diff`. Prints the full list to
 * standard error, and its summary, as an approval shows it, to standard output.
 */
import { IAMClient } from "@aws-sdk/client-iam";
import { stackIds } from "../../stacks/names";
import { synthesizedStacks } from "../terraform/synth-output";
import { callerLocation, comparePermissions, listed, summary } from "../permissions/compare";
import { runProgram } from "../program";

async function main(): Promise<void> {
  const at = await callerLocation();
  // The operator deploys the state stack, and sees its plan.
  const stacks = synthesizedStacks().filter((id) => id !== stackIds.state);
  const lines = await comparePermissions(new IAMClient(), at, stacks);
  for (const line of listed(lines)) console.error(line);
  if (lines.length === 0) console.error("No role gets additional permissions.");
  console.log(summary(lines));
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(
    main,
    ({ message }) =>
      `The permissions of this commit could not be compared with the deployed ones: ${message}`,
  );
}
