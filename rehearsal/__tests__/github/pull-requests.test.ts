import { eventually } from "../support/eventually";
import { Fixture, Receiver } from "./fixture";

let fixture: Fixture;
let receiver: Receiver;
beforeEach(async () => {
  fixture = await Fixture.start();
  receiver = await new Receiver().start();
  await fixture.hook({
    config: { url: receiver.url, content_type: "json" },
    events: ["push", "pull_request"],
  });
  await fixture.commit("a", "1\n", "One");
  await fixture.git("push", "--quiet", "origin", "main");
});
afterEach(async () => {
  await fixture.stop();
  await receiver.stop();
});

const PULLS = "/repos/acme/api/pulls";

interface Pull {
  number: number;
  state: string;
  merged: boolean;
  mergeable: boolean | null;
  commits: number;
  title: string;
  merge_commit_sha: string | null;
  head: { ref: string; sha: string };
  base: { ref: string; sha: string };
}

interface PullEvent {
  action: string;
  number: number;
  before?: string;
  after?: string;
  pull_request: Pull;
}

const call = async (method: string, route: string, body?: object) => {
  const answer = await fixture.rest(method, route, body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const read = async (number: number) => (await call("GET", `${PULLS}/${number}`)).body as unknown as Pull;

/** Commits on a branch and pushes it. */
async function branch(name: string, file = name, content = "x\n"): Promise<string> {
  await fixture.git("switch", "--quiet", "--create", name, "main");
  const commit = await fixture.commit(file, content, `Change ${file}`);
  await fixture.git("push", "--quiet", "origin", name);
  return commit;
}

async function open(head: string): Promise<Pull> {
  const { status, body } = await call("POST", PULLS, { title: `Take ${head}`, head, base: "main" });
  expect(status).toBe(201);
  return body as unknown as Pull;
}

/** Waits for a number of events and returns them. */
async function events(count: number): Promise<PullEvent[]> {
  await eventually(
    `${count} pull request events are delivered`,
    () => fixture.deliveries("pull_request").length >= count,
  );
  return fixture.deliveries("pull_request").map(({ request }) => request.payload as unknown as PullEvent);
}

describe("a pull request", () => {
  it("is opened, found and announced", async () => {
    const head = await branch("feature");
    const pull = await open("feature");
    expect(pull).toMatchObject({
      number: 1,
      state: "open",
      merged: false,
      mergeable: true,
      mergeable_state: "clean",
      commits: 1,
      changed_files: 1,
      additions: 1,
      deletions: 0,
      head: { ref: "feature", sha: head },
      base: { ref: "main" },
    });
    expect(await read(1)).toEqual(pull);
    const [opened] = await events(1);
    expect(opened).toMatchObject({ action: "opened", number: 1, pull_request: { head: { sha: head } } });
    expect(JSON.parse(receiver.of("pull_request")[0]!.body)).toEqual(opened);
    expect(await fixture.git("ls-remote", "origin", "refs/pull/1/head")).toContain(head);
  });

  it("is listed by state, head and base", async () => {
    await branch("one");
    await branch("two");
    await open("one");
    await open("acme:two");
    await call("PATCH", `${PULLS}/1`, { state: "closed" });
    const numbers = async (query: string) => {
      const answer = await fixture.rest("GET", `${PULLS}${query}`);
      return ((await answer.json()) as Pull[]).map(({ number }) => number);
    };
    expect(await numbers("")).toEqual([2]);
    expect(await numbers("?state=all")).toEqual([2, 1]);
    expect(await numbers("?state=closed")).toEqual([1]);
    expect(await numbers("?state=all&head=acme:one&base=main")).toEqual([1]);
    expect(await numbers("?state=all&base=other")).toEqual([]);
  });

  it("follows pushes to its branch, and to no other", async () => {
    const before = await branch("feature");
    await open("feature");
    await branch("other");
    await fixture.git("switch", "--quiet", "feature");
    const after = await fixture.commit("b", "2", "Two");
    await fixture.git("push", "--quiet", "origin", "feature");
    const [, synchronize] = await events(2);
    expect(synchronize).toMatchObject({ action: "synchronize", before, after });
    expect(await read(1)).toMatchObject({ commits: 2, head: { sha: after } });
  });

  it("is merged by a real merge commit, which is pushed to the base", async () => {
    const head = await branch("feature");
    const pull = await open("feature");
    const { status, body } = await call("PUT", `${PULLS}/1/merge`);
    expect({ status, body }).toMatchObject({ status: 200, body: { merged: true } });

    await fixture.git("fetch", "--quiet", "origin", "main");
    expect(await fixture.git("rev-parse", "FETCH_HEAD")).toBe(body.sha);
    expect(await fixture.git("log", "-1", "--format=%P%n%s%n%cn", "FETCH_HEAD")).toBe(
      `${pull.base.sha} ${head}\nMerge pull request #1 from acme/feature\nGitHub`,
    );
    expect(await fixture.git("show", "FETCH_HEAD:feature")).toBe("x");
    await eventually("the push of the merge is delivered", () => fixture.deliveries("push").length === 3);
    const push = fixture.deliveries("push")[2]!.request.payload;
    expect(push).toMatchObject({ ref: "refs/heads/main", before: pull.base.sha, after: body.sha });
    const closed = (await events(2))[1];
    expect(closed).toMatchObject({ action: "closed", pull_request: { merged: true } });
    expect(await read(1)).toMatchObject({ state: "closed", merged: true, merge_commit_sha: body.sha });
    expect((await fixture.rest("GET", `${PULLS}/1/merge`)).status).toBe(204);
  });

  it("takes a message for the merge commit, and the head it is meant for", async () => {
    const head = await branch("feature");
    await open("feature");
    const stale = await call("PUT", `${PULLS}/1/merge`, { sha: "0".repeat(40) });
    expect(stale.status).toBe(409);
    const message = { commit_title: "Title", commit_message: "Words", sha: head };
    expect((await call("PUT", `${PULLS}/1/merge`, message)).status).toBe(200);
    await fixture.git("fetch", "--quiet", "origin", "main");
    expect(await fixture.git("log", "-1", "--format=%B", "FETCH_HEAD")).toBe("Title\n\nWords");
  });

  it("is not merged with conflicts, when it is closed, or by another method", async () => {
    await branch("feature", "a", "2\n");
    await open("feature");
    expect((await call("PUT", `${PULLS}/1/merge`, { merge_method: "squash" })).status).toBe(405);
    await fixture.git("switch", "--quiet", "main");
    const main = await fixture.commit("a", "3\n", "Three");
    await fixture.git("push", "--quiet", "origin", "main");
    expect((await read(1)).mergeable).toBe(false);
    const conflict = await call("PUT", `${PULLS}/1/merge`);
    expect(conflict).toMatchObject({ status: 405, body: { message: "Pull Request is not mergeable" } });
    expect(await fixture.git("ls-remote", "origin", "refs/heads/main")).toContain(main);
    await call("PATCH", `${PULLS}/1`, { state: "closed" });
    expect((await call("PUT", `${PULLS}/1/merge`)).status).toBe(405);
    expect((await fixture.rest("GET", `${PULLS}/1/merge`)).status).toBe(404);
  });

  it("is changed, closed and reopened", async () => {
    await branch("feature");
    await open("feature");
    await call("PATCH", `${PULLS}/1`, { title: "Better", body: "Why" });
    await call("PATCH", `${PULLS}/1`, { state: "closed" });
    const { body } = await call("PATCH", `${PULLS}/1`, { state: "open" });
    expect(body).toMatchObject({ title: "Better", body: "Why", state: "open", closed_at: null });
    const actions = (await events(4)).map(({ action }) => action);
    expect(actions).toEqual(["opened", "edited", "closed", "reopened"]);
  });

  it("is closed when its branch is deleted, and merged when its commits are pushed to the base", async () => {
    await branch("deleted");
    await branch("pushed");
    await open("deleted");
    await open("pushed");
    await fixture.git("push", "--quiet", "origin", ":deleted", "pushed:main");
    await events(4);
    expect(await read(1)).toMatchObject({ state: "closed", merged: false });
    expect(await read(2)).toMatchObject({ state: "closed", merged: true });
  });

  it.each<[string, object, object]>([
    ["of no branch", { title: "t", head: "none", base: "main" }, { field: "head", code: "invalid" }],
    ["into no branch", { title: "t", head: "feature", base: "none" }, { field: "base", code: "invalid" }],
    [
      "without commits",
      { title: "t", head: "main", base: "main" },
      { message: "No commits between main and main" },
    ],
    ["without a title", { head: "feature", base: "main" }, { field: "title" }],
    [
      "that is there already",
      { title: "t", head: "feature", base: "main" },
      { message: "A pull request already exists for acme:feature." },
    ],
  ])("%s is refused", async (_, body, error) => {
    await branch("feature");
    await open("feature");
    const answer = await call("POST", PULLS, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([expect.objectContaining({ resource: "PullRequest", ...error })]);
  });
});
