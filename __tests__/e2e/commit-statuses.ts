import type { Harness } from "./harness";

interface CommitStatus {
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly target_url: string;
}

/**
 * Returns the statuses of a commit as "state: description", the oldest first, by stage.
 *
 * @throws Error if one does not link to an execution of the pipeline
 */
export async function commitStatuses(
  { session: { github, githubToken } }: Harness,
  commit: string,
  pipeline: string,
): Promise<Record<string, string[]>> {
  const path = `api/v3/repos/heavy-water/pipeline/commits/${commit}/statuses?per_page=100`;
  const response = await fetch(new URL(path, github.api), {
    headers: { authorization: `Bearer ${githubToken}` },
  });
  const found: Record<string, string[]> = {};
  for (const one of ((await response.json()) as CommitStatus[]).toReversed()) {
    const [owner, stage = ""] = one.context.split("/");
    if (owner !== pipeline) continue;
    if (!/^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/.*\/executions\/[\w-]+\//.test(one.target_url))
      throw new Error(`The status ${one.context} links to ${one.target_url}.`);
    (found[stage] ??= []).push(`${one.state}: ${one.description}`);
  }
  return found;
}
