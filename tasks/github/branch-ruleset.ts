import { z } from "zod";
import type { Settings } from "../../settings";
import { readAnswer, refuseError } from "./answer";
import type { GitHubApi } from "./api";

/** What must be green before a pull request is merged: the plan, and the jobs of `.github/workflows/test.yml`. */
export const requiredChecks = [
  "plan",
  ...["22", "24"].flatMap((node) =>
    ["1/4", "2/4", "3/4", "4/4"].map((shard) => `test (Node.js ${node}, ${shard})`),
  ),
];

/** What a token needs for rulesets: https://docs.github.com/en/rest/repos/rules */
const PERMISSION = "Administration (write)";

const rulesets = z.array(z.object({ id: z.number(), name: z.string() }));

/**
 * Makes the pipeline's branch take changes only by pull requests with a plan and green tests. A ruleset of the same name
 * is replaced.
 *
 * @param api authenticated with the operator's own token: the stored one has no such permission, and must not get it
 * @returns whether the ruleset is new
 */
export async function protectBranch(api: GitHubApi, settings: Settings): Promise<boolean> {
  const { pipeline_githubOwner: owner, pipeline_githubRepo: repo, pipeline_githubBranch: branch } = settings;
  const path = `repos/${owner}/${repo}/rulesets`;
  const wanted = rulesetOf(branch);
  const answer = await api.request(`${path}?per_page=100`);
  const found = await readAnswer(answer, rulesets, "list the rulesets", PERMISSION);
  const id = found.find(({ name }) => name === wanted.name)?.id;
  if (id === undefined) {
    const created = await api.request(path, "POST", wanted);
    await refuseError(created, "create the ruleset", PERMISSION);
  } else {
    const changed = await api.request(`${path}/${id}`, "PUT", wanted);
    await refuseError(changed, "change the ruleset", PERMISSION);
  }
  return id === undefined;
}

function rulesetOf(branch: string) {
  return {
    name: `Heavy Water Pipeline: ${branch}`,
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
    rules: [
      { type: "deletion" },
      { type: "non_fast_forward" },
      {
        type: "pull_request",
        parameters: {
          // Approvals are the team's choice: in a repository with one member no one could give one.
          required_approving_review_count: 0,
          dismiss_stale_reviews_on_push: true,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_review_thread_resolution: false,
        },
      },
      {
        type: "required_status_checks",
        parameters: {
          // The plan of a branch that is behind would be one against another main branch.
          strict_required_status_checks_policy: true,
          required_status_checks: requiredChecks.map((context) => ({ context })),
        },
      },
    ],
  };
}
