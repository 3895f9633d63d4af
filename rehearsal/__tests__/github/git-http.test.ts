import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { Fixture, TOKEN } from "./fixture";

const credentials = `Basic ${Buffer.from(`git:${TOKEN}`).toString("base64")}`;

let fixture: Fixture;
beforeEach(async () => (fixture = await Fixture.start()));
afterEach(() => fixture.stop());

describe("git over HTTP", () => {
  it("serves what was pushed, even if larger than one request's buffer", async () => {
    const content = randomBytes(3 * 1024 * 1024);
    const commit = await fixture.commit("large.bin", content, "Large");
    await fixture.git("push", "--quiet", "origin", "main");

    const copy = path.join(fixture.folder, "copy");
    await fixture.git("clone", "--quiet", fixture.remote(), copy);
    expect(await fixture.git("-C", copy, "rev-parse", "main")).toBe(commit);
    expect((await readFile(path.join(copy, "large.bin"))).equals(content)).toBe(true);
  });

  it("is cloned empty with the branch main", async () => {
    const copy = path.join(fixture.folder, "copy");
    await fixture.git("clone", "--quiet", fixture.remote(), copy);
    expect(await fixture.git("-C", copy, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
  });

  it("takes the token as the user name too", async () => {
    await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", fixture.remote(TOKEN, "x-oauth-basic"), "main");
    expect(await fixture.git("ls-remote", fixture.remote(TOKEN, ""))).toContain("refs/heads/main");
  });

  it("refuses a wrong token, and nothing is stored", async () => {
    await fixture.commit("a", "1", "One");
    await expect(fixture.git("push", fixture.remote("x", "wrong"), "main")).rejects.toThrow(
      /Authentication failed/,
    );
    expect(await fixture.git("ls-remote", fixture.remote())).toBe("");
  });

  it("asks for missing credentials", async () => {
    const answer = await fetch(`${fixture.gitHub.gitUrl}/info/refs?service=git-upload-pack`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
  });

  it("has one repository only", async () => {
    const other = fixture.remote().replace("api.git", "other.git");
    await expect(fixture.git("ls-remote", other)).rejects.toThrow(/not found/i);
  });

  it("serves the smart protocol only", async () => {
    const get = (rest: string) =>
      fetch(fixture.gitHub.gitUrl + rest, { headers: { Authorization: credentials } });
    expect((await get("/info/refs")).status).toBe(403);
    expect((await get("/HEAD")).status).toBe(404);
    expect((await get("/config")).status).toBe(404);
  });

  it("reads a compressed request", async () => {
    const commit = await fixture.commit("a", "1", "One");
    await fixture.git("push", "--quiet", "origin", "main");
    const answer = await fetch(`${fixture.gitHub.gitUrl}/git-upload-pack`, {
      method: "POST",
      headers: {
        Authorization: credentials,
        "Content-Type": "application/x-git-upload-pack-request",
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
      },
      body: gzipSync("0014command=ls-refs\n0000"),
    });
    expect(await answer.text()).toContain(`${commit} refs/heads/main`);
  });

  it("survives a client that disconnects during a push", async () => {
    const commit = await fixture.commit("a", "1", "One");
    await new Promise<void>((done) => {
      const push = request(`${fixture.gitHub.gitUrl}/git-receive-pack`, {
        method: "POST",
        headers: { Authorization: credentials, "Content-Type": "application/x-git-receive-pack-request" },
      });
      push.once("error", () => done());
      push.write("0094", () => setTimeout(() => push.destroy(new Error("gone")), 100));
    });
    await fixture.git("push", "--quiet", "origin", "main");
    expect(await fixture.git("ls-remote", "origin", "main")).toContain(commit);
  });
});
