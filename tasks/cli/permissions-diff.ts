/**
 * Says what the roles of this commit could do that the deployed ones cannot: `npm run permissions:diff`. Prints the
 * whole list to standard error, and to standard output what a step exports of it: nothing where nothing is
 * wider, otherwise a summary for the person who is asked.
 */
import { IAMClient } from "@aws-sdk/client-iam";
import { stackIds } from "../terraform/synth-output";
import { callerLocation, comparePermissions, listed, summary } from "../permissions/compare";
import { runProgram } from "../program";

async function main(): Promise<void> {
  const at = await callerLocation();
  // What a person deploys, that person has seen.
  const stacks = stackIds().filter((id) => id !== "state");
  const lines = await comparePermissions(new IAMClient(), at, stacks);
  for (const line of listed(lines)) console.error(line);
  if (lines.length === 0) console.error("No role could do more than it can as it is deployed.");
  console.log(summary(lines));
}

if (require.main === module) {
  runProgram(
    main,
    ({ message }) =>
      `The permissions of this commit could not be compared with the deployed ones: ${message}`,
  );
}
