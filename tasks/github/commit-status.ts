import { cut } from "../../stacks/visible-text";
import { refuseError } from "./answer";
import type { GitHubApi } from "./api";

/** Characters of a description: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status */
const DESCRIPTION_LIMIT = 140;

export interface CommitStatus {
  readonly context: string;
  readonly state: "success" | "failure" | "pending" | "error";
  readonly description: string;
  /** The page that the status links to. */
  readonly url: string;
}

/**
 * @param repository `OWNER/NAME`
 * @param permissions what the token needs, for an error
 */
export async function setCommitStatus(
  api: GitHubApi,
  repository: string,
  commit: string,
  { context, state, description, url }: CommitStatus,
  permissions?: string,
): Promise<void> {
  const answer = await api.request(`repos/${repository}/statuses/${commit}`, "POST", {
    context,
    state,
    description: cut(description, DESCRIPTION_LIMIT),
    target_url: url,
  });
  await refuseError(answer, `set the status ${context} of the commit`, permissions);
}
