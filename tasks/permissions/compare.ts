import { IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inert, visible } from "../../stacks/visible-text";
import { deployedRole, synthesizedRoles, addedToRole, type Location } from "./role";

/** Characters of the summary: an approval shows 1,000 at most. */
const SUMMARY = 800;

/**
 * Returns the permissions that the roles of synthesized stacks have and the deployed roles do not have. A stack without
 * a deployed role is not deployed yet, and not compared.
 */
export async function comparePermissions(
  iam: IAMClient,
  at: Location,
  stacks: readonly string[],
  root?: string,
): Promise<string[]> {
  const lines = [];
  for (const stack of stacks) {
    const roles = synthesizedRoles(stack, at, root);
    const deployed = await Promise.all(roles.map(({ name }) => deployedRole(iam, name)));
    if (deployed.every((role) => role === undefined)) continue;
    lines.push(...roles.flatMap((role, index) => addedToRole(role, deployed[index])));
  }
  return lines;
}

/** Returns as much of the list as an approval can show, and how many lines are missing. */
export function summary(all: readonly string[]): string {
  // A policy is the commit's text: it must not hide a part of itself, or be a variable of the approval's text.
  const lines = all.map((line) => inert(visible(line)));
  const shown: string[] = [];
  for (const line of lines) {
    const length = [...shown, line].join("; ").length;
    if (length > SUMMARY) break;
    shown.push(line);
  }
  if (shown.length === lines.length) return shown.join("; ");
  return [...shown, `${lines.length - shown.length} more in the log of CheckBuild`].join("; ");
}

/** Returns the lines as a log shows them: they quote the commit's text. */
export function listed(lines: readonly string[]): string[] {
  return lines.map((line) => `Added: ${visible(line)}`);
}

/** Returns the account, partition and region of the caller's credentials. */
export async function callerLocation(): Promise<Location> {
  const sts = new STSClient();
  const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  const [, partition = "", , , accountId = ""] = Arn.split(":");
  return { partition, accountId, region: await sts.config.region() };
}
