import { GitHubApi } from "../../../tasks/github/api";
import { protectBranch, requiredChecks } from "../../../tasks/github/branch-ruleset";
import { settingsWith } from "../../support/settings";

/** Protects the branch of a repository with these rulesets, and returns what was sent to GitHub. */
async function protect(rulesets: object[], status = 200) {
  const api = new GitHubApi("ghp_test", "https://github.example.com/");
  const sent: { request: string; body?: object }[] = [];
  jest.spyOn(api, "request").mockImplementation((path, method = "GET", body) => {
    sent.push({ request: `${method} ${path}`, body });
    const answer = method === "GET" ? new Response(JSON.stringify(rulesets)) : new Response("{}", { status });
    return Promise.resolve(answer);
  });
  const settings = settingsWith({ pipeline_githubBranch: "trunk" });
  const isNew = await protectBranch(api, settings).catch((error: Error) => error.message);
  return { isNew, sent };
}

const PATH = "repos/acme/heavy-water/rulesets";

describe("the ruleset of the pipeline's branch", () => {
  it("keeps the branch, and takes changes by pull requests with green checks that are up to date", async () => {
    const { isNew, sent } = await protect([{ id: 1, name: "Heavy Water Pipeline: main" }]);
    expect(isNew).toBe(true);
    expect(sent).toEqual([
      { request: `GET ${PATH}?per_page=100`, body: undefined },
      {
        request: `POST ${PATH}`,
        body: {
          name: "Heavy Water Pipeline: trunk",
          target: "branch",
          enforcement: "active",
          conditions: { ref_name: { include: ["refs/heads/trunk"], exclude: [] } },
          rules: [
            { type: "deletion" },
            { type: "non_fast_forward" },
            {
              type: "pull_request",
              parameters: {
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
                strict_required_status_checks_policy: true,
                required_status_checks: requiredChecks.map((context) => ({ context })),
              },
            },
          ],
        },
      },
    ]);
  });

  it("replaces that of the same name", async () => {
    const { isNew, sent } = await protect([
      { id: 1, name: "another" },
      { id: 2, name: "Heavy Water Pipeline: trunk" },
    ]);
    expect(isNew).toBe(false);
    expect(sent.map(({ request }) => request)).toEqual([`GET ${PATH}?per_page=100`, `PUT ${PATH}/2`]);
  });

  it("asks for the permission that the token lacks", async () => {
    expect((await protect([], 403)).isNew).toBe(
      "GitHub refuses to create the ruleset (403). The token needs the permissions Administration (write).",
    );
    const existing = [{ id: 2, name: "Heavy Water Pipeline: trunk" }];
    expect((await protect(existing, 403)).isNew).toMatch(/^GitHub refuses to change the ruleset \(403\)/);
  });
});
