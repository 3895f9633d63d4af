/**
 * Returns whether a glob pattern of a trigger matches a branch or the path of a file.
 *
 * AWS's rules: https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
 * In the same words as those of Java, whose `**` is any text: `docs/**` matches `docs/a/b`, and `**` with `/a` behind it
 * does not match `a`: https://docs.oracle.com/javase/8/docs/api/java/nio/file/FileSystem.html#getPathMatcher-java.lang.String-
 *
 * @throws Error for an invalid pattern
 */
export function matchesGlob(pattern: string, text: string): boolean {
  return regExpOf(pattern).test(text);
}

/** The parts of a pattern: wildcards, sets, groups, escaped and other characters. */
const PART = /\*\*|\*|\?|\[!?[^\]]+\]|[{},]|\\[^]|[^]/gu;

function regExpOf(pattern: string): RegExp {
  const invalid = () => new Error(`Invalid glob pattern ${JSON.stringify(pattern)}`);
  let isInGroup = false;
  const parts = (pattern.match(PART) ?? []).map((part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "{" || part === "}") {
      // Groups cannot be nested.
      if (isInGroup === (part === "{")) throw invalid();
      isInGroup = !isInGroup;
      return isInGroup ? "(?:" : ")";
    }
    if (part === "," && isInGroup) return "|";
    if (part === "[" || part === "\\") throw invalid();
    if (part.startsWith("[")) return setOf(part);
    return literal(part.startsWith("\\") ? part.slice(1) : part);
  });
  if (isInGroup) throw invalid();
  return new RegExp(`^${parts.join("")}$`, "su");
}

/** A character out of a set: no slash. A hyphen at its beginning is a character, others are ranges. */
function setOf(part: string): string {
  const isNegated = part.startsWith("[!");
  const members = part.slice(isNegated ? 2 : 1, -1).replace(/[\\^[]|^-/g, (character) => `\\${character}`);
  return `(?!/)[${isNegated ? "^" : ""}${members}]`;
}

function literal(character: string): string {
  return /[$()*+./?[\\\]^{|}]/.test(character) ? `\\${character}` : character;
}
