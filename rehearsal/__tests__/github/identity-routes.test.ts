import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { Fixture } from "./fixture";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const ISSUER = "token.actions.githubusercontent.com";

/** The variables of a run's job. */
async function run(input: object): Promise<Record<string, string | undefined>> {
  const answer = await fetch(`${fixture.gitHub.api}_rehearsal/workflow-runs`, {
    method: "POST",
    headers: { Authorization: "Bearer ghp_theTokenOfThisTest" },
    body: JSON.stringify(input),
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Record<string, string | undefined>;
}

/** What a run's token says, once its signature is verified with the published key. */
async function claims(input: object, audience = "sts.amazonaws.com"): Promise<Record<string, string>> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = await run(input);
  const answer = await fetch(`${url}&audience=${audience}`, {
    headers: { Authorization: `bearer ${token}` },
  });
  const [header = "", payload = "", signature = ""] = (
    (await answer.json()) as { value: string }
  ).value.split(".");
  const { kid, alg } = decode(header);
  expect(alg).toBe("RS256");
  const keys = await fetch(`${fixture.gitHub.identityProviders[ISSUER]}/.well-known/jwks`);
  const jwk = ((await keys.json()) as { keys: (JsonWebKey & { kid: string })[] }).keys.find(
    (one) => one.kid === kid,
  )!;
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify("sha256", signed, key, Buffer.from(signature, "base64url"))).toBe(true);
  return decode(payload);
}

const decode = (part: string) =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, string>;

describe("the identity token of a workflow run", () => {
  it("has the ids that the REST API shows, in the subject and beside it", async () => {
    const answer = await fixture.rest("GET", "/repos/acme/api");
    const { id, owner } = (await answer.json()) as { id: number; owner: { id: number } };
    expect(await claims({ event: "pull_request", branch: "feature" })).toMatchObject({
      iss: `https://${ISSUER}`,
      aud: "sts.amazonaws.com",
      sub: `repo:acme@${owner.id}/api@${id}:pull_request`,
      repository: "acme/api",
      repository_id: String(id),
      repository_owner_id: String(owner.id),
      head_ref: "feature",
      event_name: "pull_request",
    });
  });

  it("has names alone in the older subject, and the branch in that of a push", async () => {
    const { sub } = await claims({ event: "pull_request", immutableSubject: false });
    expect(sub).toBe("repo:acme/api:pull_request");
    const push = await claims({ event: "push", branch: "feature", immutableSubject: false });
    expect(push.sub).toBe("repo:acme/api:ref:refs/heads/feature");
  });

  it("is the default branch's for a run that another run has triggered, a fork's too", async () => {
    for (const fork of [false, true]) {
      const of = {
        event: "workflow_run",
        workflow: "plan.yml",
        branch: "feature",
        immutableSubject: false,
        fork,
      };
      expect(await claims(of)).toMatchObject({
        sub: "repo:acme/api:ref:refs/heads/main",
        job_workflow_ref: "acme/api/.github/workflows/plan.yml@refs/heads/main",
        event_name: "workflow_run",
        head_ref: "",
      });
    }
  });

  it("is for the audience that is asked for, and expires", async () => {
    const { aud, exp, iat } = await claims({ event: "push" }, "another");
    expect(aud).toBe("another");
    expect(Number(exp)).toBeGreaterThan(Number(iat));
  });
});

describe("what gets no token", () => {
  it("is the pull request of a fork", async () => {
    expect(await run({ event: "pull_request", fork: true })).toEqual({});
  });

  it("is a request without the run's own request token", async () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url } = await run({ event: "push" });
    for (const authorization of ["", "bearer ", "bearer guessed", "bearer ghp_theTokenOfThisTest"]) {
      const answer = await fetch(url!, { headers: { Authorization: authorization } });
      expect(answer.status).toBe(401);
    }
  });

  it("is a run that was started without the repository's token, or of an unknown event", async () => {
    const start = (authorization: string, body: string) =>
      fetch(`${fixture.gitHub.api}_rehearsal/workflow-runs`, {
        method: "POST",
        headers: { Authorization: authorization },
        body,
      });
    expect((await start("", '{"event":"push"}')).status).toBe(401);
    expect((await start("Bearer ghp_theTokenOfThisTest", '{"event":"schedule"}')).status).toBe(422);
    expect((await start("Bearer ghp_theTokenOfThisTest", "[]")).status).toBe(400);
  });
});
