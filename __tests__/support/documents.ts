import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const root = join(__dirname, "../..");

/** Folders that hold what was installed or made, and no documents of the project. */
export const notOurs = new Set(["node_modules", "dist", "cdktf.out", ".git", ".cache", ".rehearsal"]);

/** Returns the text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function documentsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : documentsIn(path);
    return entry.name.endsWith(".md") ? [relative(root, path)] : [];
  });
}

/** The paths of all documents of the project. */
export const documents = documentsIn(root);
