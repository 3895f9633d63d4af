import { mkdir } from "node:fs/promises";
import path from "node:path";
import { git, gitOrNothing } from "./git";
import { parseCommits, COMMIT_FORMAT, type Commit } from "./commit";

/** Object names by full ref name (`refs/heads/main`). */
export type Refs = ReadonlyMap<string, string>;

/** The most commits GitHub names in one push event. */
const COMMITS_IN_EVENT = 2048;

/** Names that GitHub allows for owners and repositories. */
const NAME = /^(?!\.+$)[\w.-]{1,100}$/;

const LOG = ["log", "-z", "--no-renames", "--name-status", `--format=${COMMIT_FORMAT}`];

/** The bare repository at `<folder>/<owner>/<name>.git`. */
export class Repository {
  readonly defaultBranch = "main";
  /** When a ref was last changed. */
  pushedAt = new Date();

  private constructor(
    /** The folder of all repositories. */
    readonly folder: string,
    readonly owner: string,
    readonly name: string,
  ) {}

  get fullName(): string {
    return `${this.owner}/${this.name}`;
  }

  /** Returns whether it has this name, ignoring case as GitHub does. */
  is(owner: string, name: string): boolean {
    return `${owner}/${name}`.toLowerCase() === this.fullName.toLowerCase();
  }

  /** Creates or opens the repository. Rejects for a name that GitHub does not allow. */
  static async open(folder: string, owner: string, name: string): Promise<Repository> {
    for (const [what, value] of Object.entries({ owner, repository: name })) {
      if (!NAME.test(value)) {
        throw new Error(`Invalid GitHub ${what} "${value}": use letters, digits, ".", "-" and "_".`);
      }
    }
    const repository = new Repository(folder, owner, name);
    await mkdir(path.dirname(repository.path), { recursive: true });
    // An empty template: neither sample hooks nor this machine's template.
    await git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", repository.path]);
    await repository.configure("http.receivepack", "true");
    // `git gc` would continue in the background after the server has stopped.
    await repository.configure("receive.autogc", "false");
    // As GitHub: a commit can be fetched by its name, and a clone may be partial.
    await repository.configure("uploadpack.allowReachableSHA1InWant", "true");
    await repository.configure("uploadpack.allowFilter", "true");
    return repository;
  }

  /** All branches and tags. */
  async refs(): Promise<Refs> {
    const format = "--format=%(objectname) %(refname)";
    const lines = (await this.git(["for-each-ref", format, "refs/heads", "refs/tags"])).trim();
    return new Map(
      lines.split("\n").flatMap((line) => {
        const [sha, ref] = line.split(" ");
        return sha && ref ? [[ref, sha] as const] : [];
      }),
    );
  }

  /** The commit a branch points to. */
  async branch(name: string): Promise<Commit | undefined> {
    return this.commitOfRef(`refs/heads/${name}`);
  }

  /** The commit behind a SHA (4 digits or more), a branch or a tag, `heads/…` and `tags/…` included. */
  async commit(name: string): Promise<Commit | undefined> {
    // GitHub allows no branch or tag with such a name:
    // https://docs.github.com/en/get-started/using-git/dealing-with-special-characters-in-branch-and-tag-names
    if (/^[0-9a-f]{40}$/.test(name)) return this.commitAt(name);
    for (const prefix of ["refs/heads/", "refs/tags/", "refs/", ""]) {
      const commit = await this.commitOfRef(prefix + name);
      if (commit) return commit;
    }
    return /^[0-9a-f]{4,40}$/.test(name) ? this.commitAt(name) : undefined;
  }

  /** Returns the commit of an object name: itself, or the target of an annotated tag. */
  async commitAt(sha: string): Promise<Commit | undefined> {
    const log = await this.ask([...LOG, "--max-count=1", `${sha}^{commit}`, "--"]);
    return log === undefined ? undefined : parseCommits(log)[0];
  }

  /** The commits that `after` brought to a repository that had `before`, oldest first. */
  async newCommits(after: string, before: Iterable<string>): Promise<Commit[]> {
    const revisions = [`${after}^{commit}`, ...[...before].map((sha) => `^${sha}`)].join("\n");
    const limit = `--max-count=${COMMITS_IN_EVENT}`;
    return parseCommits(await this.git([...LOG, "--reverse", limit, "--stdin"], `${revisions}\n`));
  }

  /** Returns whether moving a branch from one commit to the other is a fast-forward. */
  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await this.ask(["merge-base", "--is-ancestor", ancestor, descendant])) !== undefined;
  }

  /** Returns how many commits each has that the other lacks. */
  async countChanges(after: string, before: string) {
    const commits = await this.git(["rev-list", "--count", after, `^${before}`]);
    const changed = await this.git(["diff", "--shortstat", `${before}...${after}`]);
    const count = (what: RegExp) => Number(what.exec(changed)?.[1] ?? 0);
    return {
      commits: Number(commits),
      changed_files: count(/(\d+) files? changed/),
      additions: count(/(\d+) insertion/),
      deletions: count(/(\d+) deletion/),
    };
  }

  /** Returns whether two commits can be merged without conflicts. */
  async canMerge(base: string, head: string): Promise<boolean> {
    return (await this.ask(["merge-tree", "--write-tree", base, head])) !== undefined;
  }

  /**
   * Merges a commit into the head of a branch. Returns the merge commit, or undefined for conflicts.
   */
  async merge(branch: string, base: string, head: string, message: string): Promise<string | undefined> {
    const merged = await this.ask(["merge-tree", "--write-tree", base, head]);
    const tree = merged?.split("\n")[0];
    if (!tree) return undefined;
    const identity = (role: string, name: string, email: string) => [
      "-c",
      `${role}.name=${name}`,
      "-c",
      `${role}.email=${email}`,
    ];
    const identities = [
      ...identity("author", this.owner, `${this.owner}@users.noreply.github.com`),
      ...identity("committer", "GitHub", "noreply@github.com"),
    ];
    const commit = (
      await this.git([...identities, "commit-tree", tree, "-p", base, "-p", head, "-F", "-"], message)
    ).trim();
    // With the old value, so that a branch that moved meanwhile is left unchanged.
    await this.git(["update-ref", `refs/heads/${branch}`, commit, base]);
    return commit;
  }

  /** Sets the head of a pull request, for `git fetch origin pull/1/head`. */
  async setPullHead(number: number, sha: string): Promise<void> {
    await this.git(["update-ref", `refs/pull/${number}/head`, sha]);
  }

  private get path(): string {
    return path.join(this.folder, this.owner, `${this.name}.git`);
  }

  private async commitOfRef(ref: string): Promise<Commit | undefined> {
    // Unlike rev-parse, this takes a ref's exact name and nothing else: no `main~1`, no `@{1}`.
    const line = await this.ask(["show-ref", "--verify", "--", ref]);
    const sha = line?.split(" ")[0];
    return sha === undefined ? undefined : this.commitAt(sha);
  }

  private configure(key: string, value: string): Promise<string> {
    return this.git(["config", key, value]);
  }

  private git(args: readonly string[], input?: string): Promise<string> {
    return git(["--git-dir", this.path, ...args], input);
  }

  private ask(args: readonly string[]): Promise<string | undefined> {
    return gitOrNothing(["--git-dir", this.path, ...args]);
  }
}
