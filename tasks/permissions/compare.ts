import { IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { inert, visible } from "../../stacks/visible-text";
import { deployedRole, synthesizedRoles, widenedRole, type Location } from "./role";

/** Characters of the summary: CodePipeline shows a person 1,000 at most. */
const SUMMARY = 800;

/**
 * What is wider in the stacks that builds deploy. A stack of which no role is deployed is not there yet: nothing is
 * compared.
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
    lines.push(...roles.flatMap((role, index) => widenedRole(role, deployed[index])));
  }
  return lines;
}

/** As much of the list as a person is shown, and how much more there is. */
export function summary(all: readonly string[]): string {
  // A commit writes what is in a policy: it must not hide a part of it, or be a variable of the approval's text.
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

/** The lines as a log shows them: a commit writes what is in them. */
export function listed(lines: readonly string[]): string[] {
  return lines.map((line) => `Wider: ${visible(line)}`);
}

/** Where the caller's credentials are for. */
export async function callerLocation(): Promise<Location> {
  const sts = new STSClient();
  const { Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
  const [, partition = "", , , accountId = ""] = Arn.split(":");
  return { partition, accountId, region: await sts.config.region() };
}
