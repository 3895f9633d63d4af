export interface Signature {
  name: string;
  email: string;
  /** ISO 8601. */
  date: string;
}

/** A commit and, except for a merge, the files it touched. */
export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
  added: string[];
  removed: string[];
  modified: string[];
}

/** For `git log -z --no-renames --name-status`. NUL is the one separator no name or message can hold. */
export const COMMIT_FORMAT = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B", ""].join(
  "%x00",
);

const FIELDS = 10;

/** Reads what git printed for `COMMIT_FORMAT`. */
export function parseCommits(output: string): Commit[] {
  const tokens = output.split("\0");
  const commits: Commit[] = [];
  let position = 0;
  while (tokens[position]) {
    const commit = commitFrom(tokens.slice(position, position + FIELDS));
    position += FIELDS;
    // The empty token after the message, then a letter and a path for each file.
    if (tokens[position] === "") position += 1;
    for (; /^\n?[AMDT]$/.test(tokens[position] ?? ""); position += 2) {
      touched(commit, tokens[position]!).push(tokens[position + 1] ?? "");
    }
    commits.push(commit);
  }
  return commits;
}

function commitFrom(fields: string[]): Commit {
  const [sha = "", tree = "", parents = "", ...rest] = fields;
  const [
    name = "",
    email = "",
    date = "",
    committerName = "",
    committerEmail = "",
    committed = "",
    body = "",
  ] = rest;
  return {
    sha,
    tree,
    parents: parents.split(" ").filter(Boolean),
    author: { name, email, date },
    committer: { name: committerName, email: committerEmail, date: committed },
    message: body.trimEnd(),
    added: [],
    removed: [],
    modified: [],
  };
}

function touched(commit: Commit, status: string): string[] {
  if (status.endsWith("A")) return commit.added;
  if (status.endsWith("D")) return commit.removed;
  return commit.modified;
}
