/** Which commits `pipeline_ignore_paths` ignores, as the filter of the pipeline's trigger ignores a push. */

/** A format of `git log -z --name-only` in which a commit begins with a slash, and no path does. */
export const LOG_FORMAT = "--format=/%H";

/**
 * Counts the commits that change no file, or one that no pattern ignores.
 *
 * @param log of `git log -z --name-only` in `LOG_FORMAT`
 */
export function countOthers(log: string, patterns: readonly string[]): number {
  const ignored = patterns.map(regExpOf);
  const commits: string[][] = [];
  for (const word of log.split("\0").map((one) => one.replace(/^\n/, ""))) {
    if (word.startsWith("/")) commits.push([]);
    else if (word !== "") commits.at(-1)?.push(word);
  }
  return commits.filter(
    (files) => files.length === 0 || files.some((file) => !ignored.some((one) => one.test(file))),
  ).length;
}

/**
 * A pattern of `pipeline_ignore_paths` as CodePipeline reads it: `**` is any text, `*` and `?` stay within a folder.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
 */
function regExpOf(pattern: string): RegExp {
  const wildcards: Readonly<Record<string, string>> = { "**": ".*", "*": "[^/]*", "?": "[^/]" };
  const text = pattern.replace(/\*\*|[*?]|[.+]/g, (found) => wildcards[found] ?? `\\${found}`);
  return new RegExp(`^${text}$`, "s");
}
