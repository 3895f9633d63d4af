import { Fixture } from "./fixture";

let fixture: Fixture;
let commit: string;
beforeAll(async () => {
  fixture = await Fixture.start();
  commit = await fixture.commit("a", "1", "One");
  await fixture.git("push", "--quiet", "origin", "main", "main:feature/x");
});
afterAll(() => fixture.stop());

const REPOSITORY = "/repos/acme/api";

interface Status {
  state: string;
  context: string;
}

async function say(body: object, sha = commit): Promise<Response> {
  return fixture.rest("POST", `${REPOSITORY}/statuses/${sha}`, body);
}

async function state(ref: string): Promise<{ state: string; total_count: number; statuses: Status[] }> {
  const answer = await fixture.rest("GET", `${REPOSITORY}/commits/${ref}/status`);
  return (await answer.json()) as Awaited<ReturnType<typeof state>>;
}

describe("statuses of a commit", () => {
  it("are pending before the first one", async () => {
    expect(await state("main")).toMatchObject({ state: "pending", total_count: 0, statuses: [] });
  });

  it("are combined to the worst of the latest of each context, however the commit is named", async () => {
    const target_url = "https://example.com/1";
    const answer = await say({ state: "failure", context: "build", description: "broken", target_url });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      state: "failure",
      context: "build",
      description: "broken",
      target_url,
      creator: { login: "acme" },
    });
    await say({ state: "success" });
    expect(await state(commit)).toMatchObject({ state: "failure", total_count: 2 });
    await say({ state: "pending", context: "build" });
    expect((await state("main")).state).toBe("pending");
    await say({ state: "success", context: "build" });
    const last = await state("feature/x");
    expect(last.state).toBe("success");
    expect(last.statuses.map(({ context }) => context).sort()).toEqual(["build", "default"]);
  });

  it("are all listed, the newest first", async () => {
    const answer = await fixture.rest("GET", `${REPOSITORY}/commits/feature/x/statuses`);
    const listed = (await answer.json()) as Status[];
    expect(listed.map(({ state }) => state)).toEqual(["success", "pending", "success", "failure"]);
    const page = await fixture.rest("GET", `${REPOSITORY}/commits/main/statuses?per_page=1&page=4`);
    expect(((await page.json()) as Status[]).map(({ state }) => state)).toEqual(["failure"]);
  });

  it.each([
    ["a state GitHub does not know", { state: "great" }],
    ["a description of 141 characters", { state: "success", description: "x".repeat(141) }],
  ])("with %s are refused", async (_, body) => {
    const answer = await say(body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ message: "Validation Failed" });
  });

  it("of an unknown commit are refused", async () => {
    const sha = "0".repeat(40);
    const answer = await say({ state: "success" }, sha);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ message: `No commit found for SHA: ${sha}` });
  });

  it("leave the commit itself where it was", async () => {
    const answer = await fixture.rest("GET", `${REPOSITORY}/commits/feature/x`);
    expect(await answer.json()).toMatchObject({ sha: commit });
  });
});
