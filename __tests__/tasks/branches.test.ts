import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentBranch, currentCommit, remoteBranches } from "../../tasks/branches";

let folder: string;
let clone: string;

// A hook of git, in which the tests may run, sets GIT_DIR.
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];

/** Git of nobody in particular. */
function git(...args: string[]): string {
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
  return execFileSync("git", [...who, ...args], {
    cwd: clone,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).trim();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "branches-"));
  clone = folder;
  git("init", "--quiet", "--bare", "origin");
  git("init", "--quiet", "--initial-branch=main", "clone");
  clone = join(folder, "clone");
  git("remote", "add", "origin", "../origin");
  writeFileSync(join(clone, "file"), "1\n");
  git("add", "file");
  git("commit", "--quiet", "--message", "Begin");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is checked out is a branch and a commit, and whether it is all of the commit is seen", () => {
  git("switch", "--quiet", "--create", "feature/login");
  // A tag does not stand for the commit.
  git("tag", "--annotate", "--message", "1", "v1");
  expect(currentBranch(clone)).toBe("feature/login");
  expect(currentCommit(clone)).toBe(git("rev-parse", "HEAD"));
  appendFileSync(join(clone, "file"), "2\n");
  expect(currentCommit(clone)).toBe(`${git("rev-parse", "HEAD")}-dirty`);
  git("switch", "--quiet", "--detach");
  expect(currentBranch(clone)).toBeUndefined();
});

test("the branches are those of origin, not those of the clone", () => {
  git(
    "push",
    "--quiet",
    "origin",
    "HEAD:refs/heads/main",
    "HEAD:refs/heads/feature/login",
    "HEAD:refs/tags/v1",
  );
  git("branch", "only-here");
  expect([...remoteBranches("main", clone)].sort()).toEqual(["feature/login", "main"]);
});

test("no branch is taken for gone where origin is another repository, is empty or does not answer", () => {
  expect(() => remoteBranches("main", clone)).toThrow("origin has no branch main");
  git("push", "--quiet", "origin", "HEAD:refs/heads/master");
  expect(() => remoteBranches("main", clone)).toThrow("origin has no branch main");
  git("remote", "set-url", "origin", "../nowhere");
  expect(() => remoteBranches("main", clone)).toThrow(/ls-remote/);
});
