import { z } from "zod";
import { readAnswer, refuseError } from "./answer";
import type { GitHubApi } from "./api";

const labels = z.array(z.object({ name: z.string() }));

/**
 * Adds a label to a pull request, or removes it. GitHub creates a label that the repository does not have yet.
 *
 * @param issue the path of the pull request's issue: `repos/OWNER/NAME/issues/NUMBER`
 */
export async function setLabel(api: GitHubApi, issue: string, name: string, isSet: boolean): Promise<void> {
  const path = `${issue}/labels`;
  const answer = await api.request(`${path}?per_page=100`);
  const found = await readAnswer(answer, labels, "list the labels");
  if (found.some((label) => label.name === name) === isSet) return;
  if (isSet) {
    const added = await api.request(path, "POST", { labels: [name] });
    return refuseError(added, `add the label ${name}`);
  }
  const removed = await api.request(`${path}/${encodeURIComponent(name)}`, "DELETE");
  // It can have been removed since.
  if (removed.status !== 404) await refuseError(removed, `remove the label ${name}`);
}
