import type { Settings } from "../../settings";
import { root } from "../command";
import { outputOf } from "../process";
import { countOthers, LOG_FORMAT } from "./ignored-commits";

/** Returns the branch that is checked out in a clone; undefined for a detached HEAD, as at a tag. */
export async function currentBranch(clone = root): Promise<string | undefined> {
  return (await git(clone, "branch", "--show-current")) || undefined;
}

/** Returns the commit that is checked out in a clone. */
export function headCommit(clone = root): Promise<string> {
  return git(clone, "rev-parse", "HEAD");
}

/** Returns the commit that is checked out in a clone, followed by `-dirty` where a file differs from it. */
export function currentCommit(clone = root): Promise<string> {
  return git(clone, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*");
}

/**
 * Returns the branches of the remote `origin`.
 *
 * @param main the branch of the pipeline, which shows that it is the right repository
 * @throws where they cannot be read: no branch counts as deleted because origin does not answer
 */
export async function remoteBranches(main: string, clone = root): Promise<ReadonlySet<string>> {
  const heads = (await git(clone, "ls-remote", "--heads", "origin"))
    .split("\n")
    .flatMap((line) => line.split("\trefs/heads/")[1] ?? []);
  if (!heads.includes(main)) {
    throw new Error(`origin has no branch ${main}: it is not the repository that the pipeline follows.`);
  }
  return new Set(heads);
}

/**
 * Counts the commits of the pipeline's branch since a commit, except for those that `pipeline_ignore_paths` ignores. The
 * branch is that of the remote `origin`.
 *
 * @throws where the branch cannot be read, or does not have the commit
 */
export async function commitsSince(
  commit: string,
  {
    pipeline_githubBranch: branch,
    pipeline_ignore_paths: patterns,
  }: Pick<Settings, "pipeline_githubBranch" | "pipeline_ignore_paths">,
  clone = root,
): Promise<number> {
  // It comes from a function's variable: an argument that begins with a hyphen would be an option.
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`${JSON.stringify(commit)} is not a commit.`);
  await git(clone, "fetch", "--quiet", "origin", `refs/heads/${branch}`);
  const has = await git(clone, "merge-base", "--is-ancestor", commit, "FETCH_HEAD").then(
    () => true,
    () => false,
  );
  if (!has) throw new Error(`The branch ${branch} of origin does not have the commit ${commit}.`);
  const range = `${commit}..FETCH_HEAD`;
  if (patterns.length === 0) return Number(await git(clone, "rev-list", "--count", range));
  // A merge has the files that it brings to the branch.
  const listed = ["-z", "--name-only", "--no-renames", "--no-ext-diff", "--diff-merges=first-parent"];
  return countOthers(await git(clone, "log", LOG_FORMAT, ...listed, range), patterns);
}

/** Files that do not run with the operator's credentials. Functions run with the role that the stacks give them. */
const HARMLESS = ["*.md", ".github", "__tests__", "bench", "docs", "lambda-src", "rehearsal"];

/**
 * Returns the programs in which a clone differs from the main branch: the tasks and their packages run with the
 * operator's credentials, and the stacks define what is deployed with them. Later commits of the main branch do not
 * count.
 *
 * @param main the branch of the pipeline
 */
export async function changedPrograms(main: string, clone = root): Promise<string[]> {
  await git(clone, "fetch", "--quiet", "origin", `refs/heads/${main}`);
  const base = await git(clone, "merge-base", "FETCH_HEAD", "HEAD");
  const paths = ["--", ".", ...HARMLESS.map((path) => `:(exclude)${path}`)];
  const lists = [
    await git(clone, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", base, ...paths),
    // Installed packages do not belong to the branch; .gitignore does not match a node_modules that is a link.
    await git(clone, "ls-files", "--others", "--exclude-standard", "-z", ...paths, ":(exclude)node_modules"),
  ];
  return lists.flatMap((list) => list.split("\0").filter((name) => name !== "")).sort();
}

async function git(clone: string, ...args: string[]): Promise<string> {
  return (await outputOf("git", args, { cwd: clone })).trim();
}
