import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const root = join(__dirname, "../..");

/** Folders with installed packages, build output and reports. */
export const notOurs = new Set([
  "node_modules",
  "dist",
  "cdktf.out",
  "coverage",
  ".git",
  ".cache",
  ".rehearsal",
  ".terraform",
]);

/** Returns the text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : filesIn(path);
    return [relative(root, path)];
  });
}

/** The paths of all files of the project. A build has no git history to ask. */
export const files = filesIn(root);

/** The paths of all documents of the project. */
export const documents = files.filter((path) => path.endsWith(".md"));

/** The rows of the first table under a heading, without its head. */
export function tableUnder(document: string, heading: string): string[][] {
  const [, section] = document.split(`# ${heading}\n`);
  const table = /(^\|.*\n)+/m.exec(section ?? "")?.[0] ?? "";
  return table
    .trim()
    .split("\n")
    .slice(2)
    .map((row) => row.split("|").slice(1, -1));
}
