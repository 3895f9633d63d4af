import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  changedPrograms,
  commitsSince,
  currentBranch,
  currentCommit,
  remoteBranches,
} from "../../../tasks/branches/branches";

let folder: string;
let clone: string;

// A hook of git, in which the tests may run, sets GIT_DIR.
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];

/** Runs git with a fixed author. */
function git(...args: string[]): string {
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
  return execFileSync("git", [...who, ...args], {
    cwd: clone,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).trim();
}

/** Writes a file of the clone. */
function write(path: string, content = "x"): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), content);
}

/** An origin and a clone with one commit, made once and copied for each test. */
let template: string;

beforeAll(() => {
  template = clone = mkdtempSync(join(tmpdir(), "branches-template-"));
  git("init", "--quiet", "--bare", "origin");
  git("init", "--quiet", "--initial-branch=main", "clone");
  clone = join(template, "clone");
  git("remote", "add", "origin", "../origin");
  writeFileSync(join(clone, "file"), "1\n");
  git("add", "file");
  git("commit", "--quiet", "--message", "Begin");
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "branches-"));
  cpSync(template, folder, { recursive: true });
  clone = join(folder, "clone");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("the branch and the commit are read, and whether a file differs from the commit", async () => {
  git("switch", "--quiet", "--create", "feature/login");
  // A tag does not stand for the commit.
  git("tag", "--annotate", "--message", "1", "v1");
  expect(await currentBranch(clone)).toBe("feature/login");
  expect(await currentCommit(clone)).toBe(git("rev-parse", "HEAD"));
  appendFileSync(join(clone, "file"), "2\n");
  expect(await currentCommit(clone)).toBe(`${git("rev-parse", "HEAD")}-dirty`);
  git("switch", "--quiet", "--detach");
  expect(await currentBranch(clone)).toBeUndefined();
});

it("the remote branches are those of origin, not of the clone", async () => {
  git(
    "push",
    "--quiet",
    "origin",
    "HEAD:refs/heads/main",
    "HEAD:refs/heads/feature/login",
    "HEAD:refs/tags/v1",
  );
  git("branch", "only-here");
  expect([...(await remoteBranches("main", clone))].sort()).toEqual(["feature/login", "main"]);
});

it("an origin that is another repository, empty or unreachable is refused", async () => {
  await expect(remoteBranches("main", clone)).rejects.toThrow("origin has no branch main");
  git("push", "--quiet", "origin", "HEAD:refs/heads/master");
  await expect(remoteBranches("main", clone)).rejects.toThrow("origin has no branch main");
  git("remote", "set-url", "origin", "../nowhere");
  await expect(remoteBranches("main", clone)).rejects.toThrow(/ls-remote/);
});

describe("the programs that a branch changes", () => {
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

  it("are none if it changes only functions, tests and documents", async () => {
    for (const path of ["lambda-src/api/app.ts", "__tests__/a.test.ts", "docs/a.png", "README.md"])
      commit(path);
    symlinkSync("/elsewhere", join(clone, "node_modules"));
    expect(await changedPrograms("main", clone)).toEqual([]);
  });

  it("include packages that it commits", async () => {
    commit("node_modules/zod/index.js");
    expect(await changedPrograms("main", clone)).toEqual(["node_modules/zod/index.js"]);
  });

  it("include all other files: changed, new, deleted or renamed, committed or not", async () => {
    write("tasks/cli/env.ts", "changed");
    git("commit", "--quiet", "--all", "--message", "Change");
    git("mv", "stacks/a.ts", "stacks/b.ts");
    git("rm", "--quiet", "package-lock.json");
    write(".npmrc");
    write("stacks/docs/c.ts");
    write("tasks/\u00fc \n.ts");
    expect(await changedPrograms("main", clone)).toEqual(
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

  it("exclude later changes of main, even if the clone has not fetched them", async () => {
    git("switch", "--quiet", "main");
    commit("tasks/new.ts");
    git("push", "--quiet", "origin", "HEAD:refs/heads/main");
    git("reset", "--quiet", "--hard", "HEAD~");
    git("switch", "--quiet", "feature");
    expect(await changedPrograms("main", clone)).toEqual([]);
  });

  it("are unknown if main cannot be fetched", async () => {
    git("remote", "set-url", "origin", "../nowhere");
    await expect(changedPrograms("main", clone)).rejects.toThrow(/fetch/);
  });
});

describe("the commits of a branch since a commit", () => {
  const main = { pipeline_githubBranch: "main", pipeline_ignore_paths: [] };
  const commit = (message: string) => git("commit", "--quiet", "--allow-empty", "--message", message);

  it("are counted in origin, whatever the clone has", async () => {
    const first = git("rev-parse", "HEAD");
    commit("Second");
    git("push", "--quiet", "origin", "HEAD:refs/heads/main");
    expect(await commitsSince(first, main, clone)).toBe(1);
    commit("Not pushed");
    expect(await commitsSince(first, main, clone)).toBe(1);
    expect(await commitsSince(git("rev-parse", "HEAD~1"), main, clone)).toBe(0);
  });

  it("are not counted if all of their files are ignored", async () => {
    const first = git("rev-parse", "HEAD");
    const changing = (...files: string[]) => {
      for (const file of files) write(file, git("rev-parse", "HEAD"));
      git("add", "--all");
      commit("Change files");
    };
    const count = async (...pipeline_ignore_paths: string[]) => {
      git("push", "--quiet", "origin", "HEAD:refs/heads/main");
      return commitsSince(first, { ...main, pipeline_ignore_paths }, clone);
    };
    changing("docs/a/\u00fc \n.md", "README.md");
    expect(await count("docs/**", "*.md")).toBe(0);
    expect(await count("docs/**")).toBe(1);
    expect(await count("*.md")).toBe(1);
    expect(await count("docs/*", "*.md")).toBe(1);
    expect(await count("docs/a/??????", "README?md")).toBe(0);
    expect(await count("docs/a?**", "READMEXmd")).toBe(1);
    expect(await count()).toBe(1);
    changing("docs/b", "main.ts");
    expect(await count("docs/**", "*.md")).toBe(1);
    commit("Change nothing");
    expect(await count("docs/**", "*.md")).toBe(2);
    git("switch", "--quiet", "-c", "side", first);
    changing("docs/c");
    git("switch", "--quiet", "-");
    git("merge", "--quiet", "--no-ff", "side");
    expect(await count("docs/**", "*.md")).toBe(2);
  });

  it("are not counted for a commit that the branch does not have", async () => {
    git("push", "--quiet", "origin", "HEAD:refs/heads/main");
    commit("Not pushed");
    await expect(commitsSince(git("rev-parse", "HEAD"), main, clone)).rejects.toThrow(
      /^The branch main of origin does not have the commit [0-9a-f]{40}\.$/,
    );
  });

  const hash = "0123456789abcdef0123456789abcdef01234567";
  it.each(["--upload-pack=touch x", "HEAD", "1234567", `--output=${hash}`, `${hash}..HEAD`])(
    "are not counted since %j",
    async (name) => {
      await expect(commitsSince(name, main, clone)).rejects.toThrow(
        `${JSON.stringify(name)} is not a commit.`,
      );
    },
  );
});
