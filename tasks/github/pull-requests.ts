import { z } from "zod";
import { readAnswer } from "./answer";
import type { GitHubApi } from "./api";

const pulls = z.array(z.object({ number: z.number(), head: z.object({ sha: z.string() }) }));

/**
 * Returns the numbers of the open pull requests of a branch whose newest commit is the given one. A pull request that has
 * a newer commit gets a newer run, so an older one has nothing to say about it.
 *
 * @param repository `OWNER/NAME`
 */
export async function openPullRequests(
  api: GitHubApi,
  repository: string,
  branch: string,
  commit: string,
): Promise<number[]> {
  const query = new URLSearchParams({
    state: "open",
    head: `${repository.split("/")[0]}:${branch}`,
    per_page: "100",
  });
  const answer = await api.request(`repos/${repository}/pulls?${query.toString()}`);
  const found = await readAnswer(answer, pulls, "list the pull requests");
  return found.filter(({ head }) => head.sha === commit).map(({ number }) => number);
}
