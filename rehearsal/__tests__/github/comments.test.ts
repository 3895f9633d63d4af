import { Fixture } from "./fixture";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.openPullRequest();
});
afterAll(() => fixture.stop());

const ISSUES = "/repos/acme/api/issues";

interface Comment {
  id: number;
  body: string;
  user: { login: string };
}

const add = (body: unknown, issue = 1) => fixture.rest("POST", `${ISSUES}/${issue}/comments`, { body });
const bodies = async () => {
  const answer = await fixture.rest("GET", `${ISSUES}/1/comments`);
  return ((await answer.json()) as Comment[]).map(({ body }) => body);
};

describe("comments on a pull request", () => {
  it("are added, listed, changed and removed", async () => {
    const answer = await add("first");
    expect(answer.status).toBe(201);
    const comment = (await answer.json()) as Comment;
    expect(comment).toMatchObject({ body: "first", user: { login: "acme" } });
    await add("second");
    expect(await bodies()).toEqual(["first", "second"]);

    const route = `${ISSUES}/comments/${comment.id}`;
    expect((await fixture.rest("PATCH", route, { body: "changed" })).status).toBe(200);
    expect(await (await fixture.rest("GET", route)).json()).toMatchObject({ body: "changed" });
    expect((await fixture.rest("DELETE", route)).status).toBe(204);
    expect((await fixture.rest("GET", route)).status).toBe(404);
    expect(await bodies()).toEqual(["second"]);
  });

  it("have 65,536 characters at most", async () => {
    expect((await add("x".repeat(65_536))).status).toBe(201);
    const answer = await add("x".repeat(65_537));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      message: "Validation Failed",
      errors: [{ message: "Body is too long (maximum is 65536 characters)" }],
    });
  });

  it.each([[""], [undefined]])("with the body %p are refused", async (body) => {
    expect((await add(body)).status).toBe(422);
  });

  it("need a pull request", async () => {
    expect((await add("x", 2)).status).toBe(404);
  });
});

it.each([
  ["POST", "/repos/acme/api/statuses/main"],
  ["GET", "/repos/acme/api/commits/main/status"],
  ["GET", "/repos/acme/api/commits/main/statuses"],
  ["GET", "/repos/acme/api/pulls"],
  ["POST", "/repos/acme/api/pulls"],
  ["PUT", "/repos/acme/api/pulls/1/merge"],
  ["POST", `${ISSUES}/1/comments`],
  ["DELETE", `${ISSUES}/comments/1`],
])("a wrong token is not allowed to %s %s", async (method, route) => {
  const headers = { Authorization: "Bearer ghp_wrong" };
  const answer = await fetch(`${fixture.gitHub.api}api/v3${route}`, { method, headers });
  expect(answer.status).toBe(401);
});
