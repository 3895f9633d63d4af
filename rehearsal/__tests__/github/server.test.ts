import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startGitHub } from "../../src/github/server";
import { SessionLog } from "../../src/session-log";
import { Fixture, TOKEN } from "./fixture";

describe("startGitHub", () => {
  it("listens on this machine only, until it is stopped once or more", async () => {
    const fixture = await Fixture.start();
    expect(fixture.gitHub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fixture.rest("GET", "/user")).status).toBe(200);
    await Promise.all([fixture.gitHub.stop(), fixture.gitHub.stop()]);
    await expect(fixture.rest("GET", "/user")).rejects.toThrow("fetch failed");
    await fixture.stop();
  });

  it("keeps what was pushed when it is started again", async () => {
    const fixture = await Fixture.start();
    const commit = await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main");
    await fixture.gitHub.stop();

    const folder = path.join(fixture.folder, "hub");
    const again = await startGitHub({
      folder,
      owner: "acme",
      repository: "api",
      token: TOKEN,
      log: new SessionLog(folder),
    });
    const answer = await fetch(`${again.api}repos/acme/api/branches/main`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect(await answer.json()).toMatchObject({ commit: { sha: commit } });
    await again.stop();
    await fixture.stop();
  });

  it("refuses the previous token after a renewal, for REST and for git", async () => {
    const fixture = await Fixture.start();
    await fixture.commit("a", "1", "One");
    fixture.gitHub.renewToken("ghp_new");
    expect((await fixture.rest("GET", "/user")).status).toBe(401);
    await expect(fixture.git("push", "--quiet", "origin", "main")).rejects.toThrow("Authentication failed");
    await fixture.git("push", "--quiet", fixture.remote("x-access-token", "ghp_new"), "main");
    await fixture.stop();
  });

  it.each(["..", "", "a/b", "a b"])("refuses the name %p", async (name) => {
    const folder = await mkdtemp(path.join(tmpdir(), "github-"));
    const log = new SessionLog(folder);
    const options = { folder, owner: "acme", repository: "api", token: TOKEN, log };
    await expect(startGitHub({ ...options, owner: name })).rejects.toThrow(`GitHub owner "${name}"`);
    await expect(startGitHub({ ...options, repository: name })).rejects.toThrow(`repository "${name}"`);
    await rm(folder, { recursive: true });
  });
});
