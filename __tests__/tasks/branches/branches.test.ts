import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  changedPrograms,
  currentBranch,
  currentCommit,
  remoteBranches,
} from "../../../tasks/branches/branches";

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

it("what is checked out is a branch and a commit, and whether it is all of the commit is seen", () => {
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

it("the branches are those of origin, not those of the clone", () => {
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

it("no branch is taken for gone where origin is another repository, is empty or does not answer", () => {
  expect(() => remoteBranches("main", clone)).toThrow("origin has no branch main");
  git("push", "--quiet", "origin", "HEAD:refs/heads/master");
  expect(() => remoteBranches("main", clone)).toThrow("origin has no branch main");
  git("remote", "set-url", "origin", "../nowhere");
  expect(() => remoteBranches("main", clone)).toThrow(/ls-remote/);
});

describe("the programs that a branch changes", () => {
  function write(path: string, content = "x"): void {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), content);
  }

  function commit(path: string): void {
    write(path);
    git("add", "--all");
    git("commit", "--quiet", "--message", `Add ${path}`);
  }

  beforeEach(() => {
    for (const path of ["tasks/cli/env.ts", "stacks/a.ts", "package-lock.json"]) commit(path);
    git("push", "--quiet", "origin", "HEAD:refs/heads/main");
    git("switch", "--quiet", "--create", "feature");
  });

  it("are none where it changes functions, tests and documents alone", () => {
    for (const path of ["lambda-src/api/app.ts", "__tests__/a.test.ts", "docs/a.png", "README.md"])
      commit(path);
    symlinkSync("/elsewhere", join(clone, "node_modules"));
    expect(changedPrograms("main", clone)).toEqual([]);
  });

  it("are packages that it brings itself", () => {
    commit("node_modules/zod/index.js");
    expect(changedPrograms("main", clone)).toEqual(["node_modules/zod/index.js"]);
  });

  it("are all others: changed, new, removed or renamed, committed or not", () => {
    write("tasks/cli/env.ts", "changed");
    git("commit", "--quiet", "--all", "--message", "Change");
    git("mv", "stacks/a.ts", "stacks/b.ts");
    git("rm", "--quiet", "package-lock.json");
    write(".npmrc");
    write("stacks/docs/c.ts");
    write("tasks/\u00fc \n.ts");
    expect(changedPrograms("main", clone)).toEqual(
      [
        ".npmrc",
        "package-lock.json",
        "stacks/a.ts",
        "stacks/b.ts",
        "stacks/docs/c.ts",
        "tasks/cli/env.ts",
      ].concat("tasks/\u00fc \n.ts"),
    );
  });

  it("do not include what main has changed since, also where the clone has not fetched it", () => {
    git("switch", "--quiet", "main");
    commit("tasks/new.ts");
    git("push", "--quiet", "origin", "HEAD:refs/heads/main");
    git("reset", "--quiet", "--hard", "HEAD~");
    git("switch", "--quiet", "feature");
    expect(changedPrograms("main", clone)).toEqual([]);
  });

  it("cannot be told where main cannot be fetched", () => {
    git("remote", "set-url", "origin", "../nowhere");
    expect(() => changedPrograms("main", clone)).toThrow(/fetch/);
  });
});
