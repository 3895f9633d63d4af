/**
 * A pattern of a buildspec's `files` or `exclude-paths`: `*` and `?` match within one folder, a segment `**` matches any
 * number of folders, and everything else is literal. Names that begin with a dot match too.
 *
 * Not picomatch: with all of its extensions turned off, it still reads parentheses and `|` as groups of a regular
 * expression, so that a pattern without wildcards does not match the file of that name.
 */
export class FilePattern {
  /** The folder before the first wildcard, where the search begins; empty for the base directory. */
  readonly root: string;
  private readonly expression: RegExp;

  constructor(pattern: string) {
    const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
    const wild = segments.findIndex((segment) => /[*?]/.test(segment));
    this.root = segments.slice(0, wild < 0 ? segments.length - 1 : wild).join("/");
    this.expression = new RegExp(`^${expression(segments)}$`, "s");
  }

  /** Whether a path matches. It is relative to the base directory, with `/` between folders. */
  matches(path: string): boolean {
    return this.expression.test(path);
  }
}

/** Whether a pattern can match files outside the base directory. */
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
