/**
 * A pattern of a buildspec's `files` or `exclude-paths`: `*` and `?` stay within one folder, a segment
 * of `**` stands for any number of folders, everything else is literal. Names that begin with a dot are
 * no exception.
 */
export class FilePattern {
  /** The folders before the first wildcard, where a search can begin; empty for the base directory. */
  readonly root: string;
  private readonly expression: RegExp;

  constructor(pattern: string) {
    const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
    const wild = segments.findIndex((segment) => /[*?]/.test(segment));
    this.root = segments.slice(0, wild < 0 ? segments.length - 1 : wild).join("/");
    this.expression = new RegExp(`^${expression(segments)}$`, "s");
  }

  /** Whether a path relative to the base directory, with `/` between folders, matches. */
  matches(path: string): boolean {
    return this.expression.test(path);
  }
}

/** Whether a pattern could name something outside of the base directory. */
export function leavesBase(pattern: string): boolean {
  return pattern.startsWith("/") || pattern.split("/").includes("..");
}

function expression(segments: readonly string[]): string {
  return segments
    .map((segment, index) => {
      const last = index === segments.length - 1;
      if (segment === "**") return last ? ".+" : "(?:[^/]+/)*";
      return segmentExpression(segment) + (last ? "" : "/");
    })
    .join("");
}

function segmentExpression(segment: string): string {
  return segment
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^/]*")
    .replace(/\?/g, "[^/]");
}
