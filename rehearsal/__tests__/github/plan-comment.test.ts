import { GitHubApi } from "../../../tasks/github/api";
import { setLabel } from "../../../tasks/github/label";
import { markerOf, PlanComment } from "../../../tasks/github/plan-comment";
import { openPullRequests } from "../../../tasks/github/pull-requests";
import { Fixture, TOKEN } from "./fixture";

let fixture: Fixture;
let api: GitHubApi;
beforeEach(async () => {
  fixture = await Fixture.start();
  await fixture.openPullRequest();
  const run = await fetch(`${fixture.gitHub.api}_rehearsal/workflow-runs`, {
    method: "POST",
    headers: { Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ event: "workflow_run", permissions: { "pull-requests": "write" } }),
  });
  const { GITHUB_TOKEN } = (await run.json()) as { GITHUB_TOKEN: string };
  api = new GitHubApi(GITHUB_TOKEN, fixture.gitHub.api);
});
afterEach(() => fixture.stop());

const ISSUES = "repos/acme/api/issues";
const write = (number: number, text: string, attempt = 1) =>
  new PlanComment(api, ISSUES, 1).write({ number, attempt }, text);

async function comments(): Promise<string[]> {
  const answer = await fixture.rest("GET", `/${ISSUES}/1/comments?per_page=100&page=2`);
  const first = await fixture.rest("GET", `/${ISSUES}/1/comments?per_page=100`);
  const all = [...((await first.json()) as object[]), ...((await answer.json()) as object[])];
  return all.map((one) => (one as { body: string }).body);
}
const planOf = (number: number, text: string, attempt = 1) => `${markerOf({ number, attempt })}\n${text}`;

describe("the comment with the plan", () => {
  it("is created, and then changed by each newer run and attempt", async () => {
    expect(await write(1, "one")).toBe(true);
    expect(await write(2, "two")).toBe(true);
    expect(await write(2, "again", 2)).toBe(true);
    expect(await comments()).toEqual([planOf(2, "again", 2)]);
  });

  it.each([
    [1, 1],
    [1, 9],
    [2, 1],
  ])("stays that of a newer run when run %i, attempt %i, comes later", async (number, attempt) => {
    await write(2, "newer", 2);
    expect(await write(number, "older", attempt)).toBe(false);
    expect(await comments()).toEqual([planOf(2, "newer", 2)]);
  });

  it("is one, of the newest run, when several runs create it at once", async () => {
    const results = await Promise.all([3, 1, 4, 2].map((number) => write(number, `run ${number}`)));
    expect(await comments()).toEqual([planOf(4, "run 4")]);
    expect(results[2]).toBe(true);
  });

  it("is created again when another run removes it while it is changed", async () => {
    await write(1, "one");
    const request = api.request.bind(api);
    jest.spyOn(api, "request").mockImplementation(async (path, method, body) => {
      if (method === "PATCH") await fixture.rest("DELETE", `/${path}`);
      return request(path, method, body);
    });
    expect(await write(2, "two")).toBe(true);
    expect(await comments()).toEqual([planOf(2, "two")]);
  });

  it("is found among more than a hundred comments, and not taken from another author", async () => {
    await fixture.rest("POST", `/${ISSUES}/1/comments`, { body: planOf(99, "forged") });
    for (let index = 0; index < 100; index++)
      await fixture.rest("POST", `/${ISSUES}/1/comments`, { body: `comment ${index}` });
    await write(1, "one");
    await write(2, "two");
    const all = await comments();
    expect(all).toHaveLength(102);
    expect(all.filter((body) => body.includes("heavy-water-plan"))).toEqual([
      planOf(99, "forged"),
      planOf(2, "two"),
    ]);
  });
});

describe("the pull requests of a commit", () => {
  it("are the open ones of which it is the newest commit", async () => {
    const commit = await fixture.git("rev-parse", "HEAD");
    expect(await openPullRequests(api, "acme/api", "feature", commit)).toEqual([1]);
    await fixture.commit("a", "3", "Three");
    await fixture.git("push", "--quiet", "origin", "main:feature");
    expect(await openPullRequests(api, "acme/api", "feature", commit)).toEqual([]);
    expect(await openPullRequests(api, "acme/api", "other", commit)).toEqual([]);
  });
});

describe("a label", () => {
  const labels = async () => {
    const answer = await fixture.rest("GET", `/${ISSUES}/1/labels`);
    return ((await answer.json()) as { name: string }[]).map(({ name }) => name);
  };

  it("is added and removed, however often", async () => {
    for (const isSet of [true, true]) await setLabel(api, `${ISSUES}/1`, "destructive", isSet);
    expect(await labels()).toEqual(["destructive"]);
    for (const isSet of [false, false]) await setLabel(api, `${ISSUES}/1`, "destructive", isSet);
    expect(await labels()).toEqual([]);
  });
});
