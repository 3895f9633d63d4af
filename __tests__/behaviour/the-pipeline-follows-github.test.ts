import { assumeDiffRole, identityToken, type Run } from "./pull-request";
import { PipelineRuns } from "./pipeline-runs";

/** One pipeline, and what happens to it as GitHub and the repository there change. */
jest.setTimeout(15 * 60_000);

const ACCOUNT = "111122223333";

let runs: PipelineRuns;
beforeAll(async () => {
  runs = await PipelineRuns.start({});
});
afterAll(() => runs?.stop());

describe("the role for pull requests", () => {
  const elsewhere = { owner: "heavy-water", ownerId: 1, name: "pipeline", id: 2 };

  it.each([true, false])(
    "is assumed by a pull request (ids in its subject: %p)",
    async (immutableSubject) => {
      expect(await tried({ event: "pull_request", immutableSubject })).toBe("assumed");
    },
  );

  it.each<[string, Run]>([
    ["a push to the main branch", { event: "push" }],
    [
      "another repository of the owner",
      { event: "pull_request", repository: { ...elsewhere, name: "other" } },
    ],
    ["one with a similar name", { event: "pull_request", repository: { ...elsewhere, name: "pipeline-2" } }],
    ["one that was registered under the same name", { event: "pull_request", repository: elsewhere }],
    ["a fork, in its own repository", { event: "pull_request", repository: { ...elsewhere, owner: "eve" } }],
  ])("is refused to %s", async (_, run) => {
    expect(await tried(run)).toMatch(/^AccessDenied/);
    expect(await tried({ ...run, immutableSubject: false })).toMatch(/^AccessDenied/);
  });

  it("is refused to a token for another audience, and a fork's pull request gets no token", async () => {
    expect(await tried({ event: "pull_request" }, "https://github.com/heavy-water")).toMatch(
      /Incorrect token audience/,
    );
    expect(await tried({ event: "pull_request", fork: true })).toMatch(/it may not write/);
  });

  async function tried(run: Run, audience?: string): Promise<string> {
    const { endpoint, region } = runs.client;
    const { github, githubToken } = runs.session;
    try {
      await assumeDiffRole(
        endpoint,
        region,
        ACCOUNT,
        await identityToken({ api: github.api, token: githubToken }, run, audience),
      );
      return "assumed";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  }
});
