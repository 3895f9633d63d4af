import { Fixture, TOKEN } from "./fixture";

let fixture: Fixture;
beforeAll(async () => (fixture = await Fixture.start()));
afterAll(() => fixture.stop());

interface Problem {
  message: string;
  errors?: { message: string }[];
}

const problem = async (answer: Response) => (await answer.json()) as Problem;

describe("the REST API", () => {
  it.each<Record<string, string>>([{}, { Authorization: "Bearer wrong" }, { Authorization: "token " }])(
    "refuses %j, whatever is asked",
    async (headers) => {
      for (const route of ["user", "api/v3/repos/acme/api", "api/v3/nothing"]) {
        const answer = await fetch(fixture.gitHub.api + route, { headers });
        expect(answer.status).toBe(401);
        expect(await answer.json()).toMatchObject({
          message: "Bad credentials",
          documentation_url: expect.any(String) as string,
        });
      }
    },
  );

  it("names what it does not emulate", async () => {
    const answer = await fixture.rest("PUT", "/repos/acme/api/topics", {});
    expect(answer.status).toBe(404);
    expect((await problem(answer)).message).toContain("PUT /api/v3/repos/acme/api/topics");
    const graphql = await fetch(`${fixture.gitHub.api}api/graphql`, {
      method: "POST",
      headers: { Authorization: `token ${TOKEN}` },
    });
    expect((await problem(graphql)).message).toContain("POST /api/graphql");
  });

  it.each(["", "/hooks", "/branches/main"])("has no other repository (%s)", async (rest) => {
    const answer = await fixture.rest("GET", `/repos/acme/other${rest}`);
    expect(answer.status).toBe(404);
    expect((await problem(answer)).message).toBe("Not Found");
  });

  it("answers with and without the prefix, for any case of the name", async () => {
    for (const route of ["api/v3/repos/acme/api", "repos/ACME/Api"]) {
      const answer = await fetch(fixture.gitHub.api + route, {
        headers: { Authorization: `token ${TOKEN}` },
      });
      expect(await answer.json()).toMatchObject({
        name: "api",
        full_name: "acme/api",
        owner: { login: "acme", type: "User" },
        default_branch: "main",
        clone_url: fixture.gitHub.gitUrl,
      });
    }
  });

  it("knows whose token it is, and that the owner is no organization", async () => {
    expect(await (await fixture.rest("GET", "/user")).json()).toMatchObject({ login: "acme" });
    expect((await fixture.rest("GET", "/orgs/acme")).status).toBe(404);
  });

  it("refuses a body that is not a JSON object", async () => {
    for (const body of ["{", "[]", "null"]) {
      const answer = await fetch(`${fixture.gitHub.api}repos/acme/api/hooks`, {
        method: "POST",
        headers: { Authorization: `token ${TOKEN}` },
        body,
      });
      expect(answer.status).toBe(400);
    }
  });

  it("refuses a body without bounds", async () => {
    const answer = await fixture.rest("POST", "/repos/acme/api/hooks", { name: "x".repeat(2 * 1024 * 1024) });
    expect(answer.status).toBe(413);
  });
});

describe("branches and commits", () => {
  let commit: string;
  beforeAll(async () => {
    await fixture.commit("a", "1", "One");
    commit = await fixture.commit("b", "2", "Two\n\nMore");
    await fixture.git("tag", "v1");
    await fixture.git("push", "--quiet", "origin", "main", "main:feature/x", "v1");
  });

  it.each(["main", "feature/x"])("shows the branch %s", async (branch) => {
    const answer = await fixture.rest("GET", `/repos/acme/api/branches/${branch}`);
    expect(await answer.json()).toMatchObject({
      name: branch,
      commit: { sha: commit, commit: { message: "Two\n\nMore", author: { name: "Ada" } } },
    });
  });

  it.each(["gone", "main~1", "HEAD", "..%2Fmain"])("has no branch %s", async (branch) => {
    expect((await fixture.rest("GET", `/repos/acme/api/branches/${branch}`)).status).toBe(404);
  });

  it("shows a commit by branch, tag, full and short SHA", async () => {
    for (const ref of ["main", "feature/x", "heads/main", "v1", "HEAD", commit, commit.slice(0, 7)]) {
      const answer = await fixture.rest("GET", `/repos/acme/api/commits/${ref}`);
      expect(await answer.json()).toMatchObject({ sha: commit, parents: [{}] });
    }
  });

  it.each(["gone", "--all", "main~1", "0123456789"])("has no commit %s", async (ref) => {
    const answer = await fixture.rest("GET", `/repos/acme/api/commits/${ref}`);
    expect(answer.status).toBe(422);
    expect((await problem(answer)).message).toContain(ref);
  });
});

describe("rulesets", () => {
  it("are kept, changed and deleted", async () => {
    const rules = [{ type: "deletion" }];
    const created = await fixture.rest("POST", "/repos/acme/api/rulesets", {
      name: "main",
      enforcement: "active",
      rules,
    });
    expect(created.status).toBe(201);
    const { id } = (await created.json()) as { id: number };
    const route = `/repos/acme/api/rulesets/${id}`;

    await fixture.rest("PUT", route, { enforcement: "disabled", id: 99 });
    expect(await (await fixture.rest("GET", `${route}?includes_parents=false`)).json()).toMatchObject({
      id,
      node_id: expect.any(String) as string,
      name: "main",
      enforcement: "disabled",
      rules,
    });
    expect((await fixture.rest("DELETE", route)).status).toBe(204);
    expect((await fixture.rest("GET", route)).status).toBe(404);
  });

  it("need a name and an enforcement", async () => {
    const answer = await fixture.rest("POST", "/repos/acme/api/rulesets", { name: "" });
    expect(answer.status).toBe(422);
    expect((await problem(answer)).errors).toMatchObject([{ field: "name" }, { field: "enforcement" }]);
  });
});
