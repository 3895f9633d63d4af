/**
 * Says what the roles of this commit could do that the deployed ones cannot: `npm run rights`. Prints the
 * whole list to standard error, and to standard output what a step exports of it: nothing where nothing is
 * wider, otherwise a summary for the person who is asked.
 */
import { IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { stackIds } from "../synthesized";
import { deployedRole, synthesizedRoles, widenedRole, type Location } from "./role";

/** Characters of the summary: CodePipeline shows a person 1,000 at most. */
const SUMMARY = 800;

/** The stacks that builds deploy. What a person deploys, that person has seen. */
const byPerson = "state";

/** What is wider in all stacks. A stack of which no role is deployed is not there yet: nothing is compared. */
export async function compareRights(iam: IAMClient, at: Location, root?: string): Promise<string[]> {
  const lines = [];
  for (const stack of stackIds(root).filter((id) => id !== byPerson)) {
    const roles = synthesizedRoles(stack, at, root);
    const deployed = await Promise.all(roles.map(({ name }) => deployedRole(iam, name)));
    if (deployed.every((role) => role === undefined)) continue;
    lines.push(...roles.flatMap((role, index) => widenedRole(role, deployed[index])));
  }
  return lines;
}

/** As much of the list as a person is shown, and how much more there is. */
export function summary(lines: readonly string[]): string {
  const shown: string[] = [];
  for (const line of lines) {
    const length = [...shown, line].join("; ").length;
    if (length > SUMMARY) break;
    shown.push(line);
  }
  if (shown.length === lines.length) return shown.join("; ");
  return [...shown, `${lines.length - shown.length} more in the log of UnitTest`].join("; ");
}

async function main(): Promise<void> {
  const sts = new STSClient();
  const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  const [, partition = "", , , accountId = ""] = Arn.split(":");
  const lines = await compareRights(new IAMClient(), {
    partition,
    accountId,
    region: await sts.config.region(),
  });
  for (const line of lines) console.error(`Wider: ${line}`);
  if (lines.length === 0) console.error("No role could do more than it can as it is deployed.");
  console.log(summary(lines));
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(`The rights of this commit could not be compared with the deployed ones: ${error.message}`);
    process.exitCode = 1;
  });
}
