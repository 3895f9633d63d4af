import { createHmac } from "node:crypto";
import { eventually } from "../support/eventually";
import { Fixture, Receiver } from "./fixture";

const NO_COMMIT = "0".repeat(40);

let fixture: Fixture;
let receiver: Receiver;
beforeEach(async () => {
  fixture = await Fixture.start();
  receiver = await new Receiver().start();
  await fixture.hook({ config: { url: receiver.url, content_type: "json" }, events: ["push"] });
});
afterEach(async () => {
  await fixture.stop();
  await receiver.stop();
});

describe("the push event", () => {
  it("lists the commits of a new branch, oldest first", async () => {
    const first = await fixture.commit("a file", "1", "One\n\nwith a body");
    const second = await fixture.commit("ü", "2", "Two");
    await fixture.git("push", "--quiet", "origin", "main");

    const [push] = await fixture.pushes(1);
    expect(push).toMatchObject({
      ref: "refs/heads/main",
      before: NO_COMMIT,
      after: second,
      created: true,
      deleted: false,
      forced: false,
      commits: [
        { id: first, message: "One\n\nwith a body", added: ["a file"], modified: [], removed: [] },
        { id: second, message: "Two", added: ["ü"] },
      ],
      head_commit: { id: second, message: "Two", author: { name: "Ada", email: "ada@example.com" } },
      repository: { full_name: "acme/api", default_branch: "main", owner: { login: "acme" } },
    });
    expect(JSON.parse(receiver.of("push")[0]!.body)).toEqual(push);
  });

  it("lists only the new commits of a branch, and marks a forced push", async () => {
    const first = await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main");
    const second = await fixture.commit("a", "2", "Two");
    await fixture.git("push", "--quiet", "origin", "main");
    await fixture.git("reset", "--quiet", "--hard", first);
    const other = await fixture.commit("b", "3", "Other");
    await fixture.git("push", "--quiet", "--force", "origin", "main");

    const [, moved, rewritten] = await fixture.pushes(3);
    expect(moved).toMatchObject({ before: first, after: second, created: false, forced: false });
    expect(moved!.commits).toMatchObject([{ id: second, modified: ["a"] }]);
    expect(rewritten).toMatchObject({ before: second, after: other, forced: true });
    expect(rewritten!.commits.map(({ id }) => id)).toEqual([other]);
  });

  it("marks a deleted branch", async () => {
    const commit = await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main", "main:feature/x");
    await fixture.git("push", "--quiet", "origin", ":feature/x");

    const pushes = await fixture.pushes(3);
    expect(pushes[2]).toMatchObject({
      ref: "refs/heads/feature/x",
      before: commit,
      after: NO_COMMIT,
      created: false,
      deleted: true,
      commits: [],
      head_commit: null,
    });
  });

  it("is sent once for each ref of a push, tags included", async () => {
    const commit = await fixture.commit("a", "1", "One");
    await fixture.git("tag", "-a", "v1", "-m", "Version 1");
    await fixture.git("push", "--quiet", "origin", "main", "main:other", "v1");

    const pushes = await fixture.pushes(3);
    expect(pushes.map(({ ref }) => ref).sort()).toEqual([
      "refs/heads/main",
      "refs/heads/other",
      "refs/tags/v1",
    ]);
    expect(new Set(fixture.deliveries("push").map(({ guid }) => guid)).size).toBe(3);
    expect(pushes.map(({ head_commit }) => head_commit?.id)).toEqual([commit, commit, commit]);
  });

  it("is sent once for each of several pushes at the same time", async () => {
    await fixture.commit("a", "1", "One");
    const branches = Array.from({ length: 5 }, (_, index) => `branch-${index}`);
    await Promise.all(
      branches.map((branch) => fixture.git("push", "--quiet", "origin", `main:refs/heads/${branch}`)),
    );

    const pushes = await fixture.pushes(branches.length);
    expect(pushes.map(({ ref }) => ref).sort()).toEqual(branches.map((branch) => `refs/heads/${branch}`));
  });

  it("differs for each push, also where one undoes and redoes another", async () => {
    const first = await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main");
    const second = await fixture.commit("a", "2", "Two");
    for (const commit of [second, first, second]) {
      await fixture.git("push", "--quiet", "--force", "origin", `${commit}:refs/heads/main`);
    }
    await fixture.pushes(4);
    const bodies = receiver.of("push").map(({ body }) => body);
    expect(new Set(bodies).size).toBe(4);
    const times = fixture
      .deliveries("push")
      .map(({ request }) => (request.payload as { repository: { pushed_at: number } }).repository.pushed_at);
    expect(times.every(Number.isInteger)).toBe(true);
    expect(times).toEqual([...new Set(times)].sort());
  });

  it("goes to an installed app, which no list of hooks shows", async () => {
    const app = await new Receiver().start();
    fixture.gitHub.installApp({ url: app.url, secret: "of the app" });
    await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main");
    await eventually("the push is delivered to the app", () => app.of("push").length === 1);
    const [{ headers, body }] = app.of("push") as [Receiver["received"][number]];
    const signature = createHmac("sha256", "of the app").update(body).digest("hex");
    expect(headers["x-hub-signature-256"]).toBe(`sha256=${signature}`);
    const hooks = await (await fixture.rest("GET", "/repos/acme/api/hooks")).json();
    expect(hooks).toHaveLength(1);
    await app.stop();
  });

  it("is not sent when a push changes nothing", async () => {
    await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main");
    await fixture.git("push", "--quiet", "origin", "main");
    await fixture.git("push", "--quiet", "origin", "main:later");
    const pushes = await fixture.pushes(2);
    expect(pushes.map(({ ref }) => ref)).toEqual(["refs/heads/main", "refs/heads/later"]);
  });
});
