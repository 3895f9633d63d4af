import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Returns the files of the page by path. No other path is served, so none can leave the folder. */
export function publicFiles(): Map<string, { readonly type: string; readonly content: string }> {
  const folder = join(__dirname, "public");
  return new Map(
    readdirSync(folder).map((name) => {
      const path = name === "index.html" ? "/" : `/${name}`;
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      return [path, { type, content: readFileSync(join(folder, name), "utf8") }];
    }),
  );
}
