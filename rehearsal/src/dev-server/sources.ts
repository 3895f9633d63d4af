import { readdirSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

/** Milliseconds without changes before a change is reported: editors write a file in several steps. */
const QUIET = 20;

/**
 * Calls `changed` after files below `folder` were saved, created, renamed or deleted. It watches folders, because
 * editors replace files, which a watch on the file would miss.
 */
export function watchSources(folder: string, changed: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const folders = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    const there = new Set([folder, ...folders]);
    for (const [path, watcher] of watchers) {
      if (there.has(path)) continue;
      watcher.close();
      watchers.delete(path);
    }
    for (const path of there) {
      if (!watchers.has(path)) watchers.set(path, watch(path, tell));
    }
  };
  const tell = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      look();
      changed();
    }, QUIET);
  };
  look();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}
