import { Fixture, TOKEN } from "./fixture";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.openPullRequest();
});
afterAll(() => fixture.stop());

const LABELS = "/repos/acme/api/issues/1/labels";

const names = async (answer: Response) =>
  ((await answer.json()) as { name: string }[]).map(({ name }) => name);

describe("the labels of a pull request", () => {
  it("are added, listed with the pull request, and removed", async () => {
    const added = await fixture.rest("POST", LABELS, { labels: ["destructive", "big change"] });
    expect([added.status, await names(added)]).toEqual([200, ["destructive", "big change"]]);
    await fixture.rest("POST", LABELS, { labels: ["Destructive"] });
    const pull = (await (await fixture.rest("GET", "/repos/acme/api/pulls/1")).json()) as {
      labels: object[];
    };
    expect(pull.labels).toMatchObject([{ name: "destructive", color: "ededed" }, { name: "big change" }]);

    const removed = await fixture.rest("DELETE", `${LABELS}/big%20change`);
    expect([removed.status, await names(removed)]).toEqual([200, ["destructive"]]);
    expect(await names(await fixture.rest("GET", LABELS))).toEqual(["destructive"]);
  });

  it("cannot be removed twice", async () => {
    const answer = await fixture.rest("DELETE", `${LABELS}/missing`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { message: "Label does not exist" }]);
  });

  it.each([[{}], [{ labels: [] }], [{ labels: [""] }], [{ labels: "x" }]])(
    "are refused as %j",
    async (body) => {
      expect((await fixture.rest("POST", LABELS, body)).status).toBe(422);
    },
  );

  it("need a pull request", async () => {
    expect((await fixture.rest("GET", "/repos/acme/api/issues/2/labels")).status).toBe(404);
  });
});

describe("the token of a job", () => {
  const jobToken = async (permissions: object) => {
    const answer = await fetch(`${fixture.gitHub.api}_rehearsal/workflow-runs`, {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ event: "workflow_run", permissions }),
    });
    return (await answer.json()) as { GITHUB_TOKEN: string; ACTIONS_ID_TOKEN_REQUEST_URL?: string };
  };
  const send = async (token: string, method: string, route: string, body?: object) => {
    const answer = await fetch(`${fixture.gitHub.api}api/v3/repos/acme/api${route}`, {
      method,
      headers: { Authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return [answer.status, ((await answer.json()) as { message?: string }).message];
  };

  it("is allowed what the job's permissions allow, as GitHub's own user", async () => {
    const { GITHUB_TOKEN: token } = await jobToken({ "pull-requests": "write" });
    expect(await send(token, "GET", "/pulls")).toEqual([200, undefined]);
    expect(await send(token, "POST", "/issues/1/comments", { body: "a" })).toEqual([201, undefined]);
    const comments = await (await fixture.rest("GET", "/repos/acme/api/issues/1/comments")).json();
    expect(comments).toMatchObject([{ user: { login: "github-actions[bot]", type: "Bot" } }]);
  });

  it.each([
    [{ "pull-requests": "read" }, "POST", "/issues/1/comments", { body: "a" }],
    [{ "pull-requests": "read" }, "POST", "/issues/1/labels", { labels: ["a"] }],
    [{ "pull-requests": "write" }, "POST", "/statuses/main", { state: "success" }],
    [{ statuses: "write" }, "GET", "/pulls", undefined],
    [{ contents: "write", issues: "write" }, "GET", "/hooks", undefined],
  ])("with the permissions %j is refused %s %s", async (permissions, method, route, body) => {
    const { GITHUB_TOKEN: token } = await jobToken(permissions);
    expect(await send(token, method, route, body)).toEqual([403, "Resource not accessible by integration"]);
  });

  it("comes with an identity token only if the job has the permission", async () => {
    expect(await jobToken({ contents: "read" })).toEqual({
      GITHUB_TOKEN: expect.stringMatching(/^ghs_/) as string,
    });
    expect(await jobToken({ "id-token": "write" })).toHaveProperty("ACTIONS_ID_TOKEN_REQUEST_URL");
  });
});
