import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a section of a guide has readers do: change a file, or run commands. */
export interface Step {
  readonly kind: "file" | "change" | "commands";
  /** The file; empty for commands. */
  readonly path: string;
  readonly text: string;
}

const BLOCK = /(?:`([\w./-]+)`:\n\n)? *```(\w+)\n([\s\S]*?)\n *```/g;

/** Returns the code blocks of a guide's section in order. A file's path is in the line before its block. */
export function stepsOf(guide: string, heading: string): Step[] {
  const [, section = ""] = guide.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return [...own.matchAll(BLOCK)].map(([block, path = "", language = "", code = ""]) => {
    const indent = /^( *)```/m.exec(block)![1]!.length;
    const text = `${code
      .split("\n")
      .map((line) => line.slice(indent))
      .join("\n")}\n`;
    if (language === "sh") return { kind: "commands", path: "", text };
    if (path === "") throw new Error(`A block of ${language} under "${heading}" has no path before it.`);
    return { kind: language === "diff" ? "change" : "file", path, text };
  });
}

/** Follows steps in a folder. Commands are left to `run`. */
export function follow(steps: readonly Step[], folder: string, run: (command: string) => void): void {
  for (const { kind, path, text } of steps) {
    const file = join(folder, path);
    if (kind === "commands") text.trim().split("\n").forEach(run);
    else if (kind === "change") writeFileSync(file, changed(readFileSync(file, "utf8"), text, path));
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

/** Runs a command in a folder and returns nothing. @throws Error with its output if it fails */
export function runIn(folder: string, env: NodeJS.ProcessEnv = process.env): (command: string) => void {
  return (command) => {
    execFileSync("sh", ["-c", command], { cwd: folder, env, stdio: "pipe" });
  };
}

/** A text with the lines that a diff removes replaced by those that it adds. */
function changed(text: string, diff: string, path: string): string {
  const lines = diff.trimEnd().split("\n");
  const side = (other: string) => {
    const own = lines.filter((line) => !line.startsWith(other)).map((line) => line.slice(1));
    return `${own.join("\n")}\n`;
  };
  const [before, after] = [side("+"), side("-")];
  if (text.split(before).length !== 2) throw new Error(`${path} does not have these lines once:\n${before}`);
  return text.replace(before, () => after);
}
