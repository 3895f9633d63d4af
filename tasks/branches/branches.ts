import { root } from "../command";
import { outputOf } from "../process";

/** The branch that is checked out in a clone; undefined where there is none, as at a tag. */
export async function currentBranch(clone = root): Promise<string | undefined> {
  return (await git(clone, "branch", "--show-current")) || undefined;
}

/** The commit that is checked out in a clone. */
export function headCommit(clone = root): Promise<string> {
  return git(clone, "rev-parse", "HEAD");
}

/** The commit that is checked out in a clone, with `-dirty` behind it where a file differs from it. */
export function currentCommit(clone = root): Promise<string> {
  return git(clone, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*");
}

/**
 * The branches that there are on the remote `origin`.
 *
 * @param main the branch of the pipeline, by which the repository is known to be the right one
 * @throws where they cannot be read: nothing may be taken for gone because nobody answered
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

/** Of these nothing runs with the operator's credentials; functions are deployed, with the role that the stacks give them. */
const HARMLESS = ["*.md", ".github", "__tests__", "bench", "docs", "lambda-src", "rehearsal"];

/**
 * The files by which a clone differs from the main branch, as far as they are programs: the tasks and their packages
 * run with the operator's credentials, the stacks say what is deployed. What the main branch has got meanwhile does
 * not count.
 *
 * @param main the branch of the pipeline
 */
export async function changedPrograms(main: string, clone = root): Promise<string[]> {
  await git(clone, "fetch", "--quiet", "origin", `refs/heads/${main}`);
  const base = await git(clone, "merge-base", "FETCH_HEAD", "HEAD");
  const paths = ["--", ".", ...HARMLESS.map((path) => `:(exclude)${path}`)];
  const lists = [
    await git(clone, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", base, ...paths),
    // The installed packages are no file of the branch, also where they are a link, which .gitignore does not match.
    await git(clone, "ls-files", "--others", "--exclude-standard", "-z", ...paths, ":(exclude)node_modules"),
  ];
  return lists.flatMap((list) => list.split("\0").filter((name) => name !== "")).sort();
}

async function git(clone: string, ...args: string[]): Promise<string> {
  return (await outputOf("git", args, { cwd: clone })).trim();
}
