import { execFileSync } from "node:child_process";
import { root } from "./command";

/** The branch that is checked out in a clone; undefined where there is none, as at a tag. */
export function currentBranch(clone = root): string | undefined {
  return git(clone, "branch", "--show-current") || undefined;
}

/** The commit that is checked out in a clone, with `-dirty` behind it where a file differs from it. */
export function currentCommit(clone = root): string {
  return git(clone, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*");
}

/**
 * The branches that there are on the remote `origin`.
 *
 * @param main the branch of the pipeline, by which the repository is known to be the right one
 * @throws where they cannot be read: nothing may be taken for gone because nobody answered
 */
export function remoteBranches(main: string, clone = root): ReadonlySet<string> {
  const heads = git(clone, "ls-remote", "--heads", "origin")
    .split("\n")
    .flatMap((line) => line.split("\trefs/heads/")[1] ?? []);
  if (!heads.includes(main)) {
    throw new Error(`origin has no branch ${main}: it is not the repository that the pipeline follows.`);
  }
  return new Set(heads);
}

function git(clone: string, ...args: string[]): string {
  return execFileSync("git", args, { cwd: clone, encoding: "utf8" }).trim();
}
