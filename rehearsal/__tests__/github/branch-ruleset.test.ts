import { GitHubApi } from "../../../tasks/github/api";
import { protectBranch } from "../../../tasks/github/branch-ruleset";
import { settingsWith } from "../../../__tests__/support/settings";
import { Fixture, TOKEN } from "./fixture";

const settings = settingsWith({ pipeline_githubOwner: "acme", pipeline_githubRepo: "api" });
const RULESETS = "/repos/acme/api/rulesets";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const rulesets = async () => (await (await fixture.rest("GET", RULESETS)).json()) as { name: string }[];

describe("the ruleset of the main branch", () => {
  it("takes changes only by pull requests with a plan and green tests", async () => {
    expect(await protectBranch(new GitHubApi(TOKEN, fixture.gitHub.api), settings)).toBe(true);
    const [ruleset] = await rulesets();
    expect(ruleset).toMatchObject({
      enforcement: "active",
      conditions: { ref_name: { include: [`refs/heads/${settings.pipeline_githubBranch}`] } },
    });
    expect(ruleset).toHaveProperty("rules", [
      { type: "deletion" },
      { type: "non_fast_forward" },
      expect.objectContaining({ type: "pull_request" }),
      {
        type: "required_status_checks",
        parameters: expect.objectContaining({
          required_status_checks: expect.arrayContaining([
            { context: "plan" },
            { context: "test (Node.js 22, 1/4)" },
          ]) as object,
        }) as object,
      },
    ]);
  });

  it("is replaced when it exists, and others stay", async () => {
    await fixture.rest("POST", RULESETS, { name: "other", enforcement: "disabled" });
    const [{ id }] = (await rulesets()) as unknown as [{ id: number }];
    await fixture.rest("PUT", `${RULESETS}/${id}`, { enforcement: "disabled" });
    expect(await protectBranch(new GitHubApi(TOKEN, fixture.gitHub.api), settings)).toBe(false);
    expect(await rulesets()).toMatchObject([{ enforcement: "active" }, { name: "other" }]);
  });

  it("needs a token that GitHub accepts", async () => {
    const refused = protectBranch(new GitHubApi("ghp_another", fixture.gitHub.api), settings);
    await expect(refused).rejects.toThrow("GitHub refuses to list the rulesets (401, Bad credentials)");
  });
});
