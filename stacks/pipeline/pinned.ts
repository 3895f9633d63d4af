import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the privileged steps run: part of the pipeline's definition, so that a commit changes it by SelfUpdate alone. */
export interface Pinned {
  /** The SHA-256 of the zip with their programs. */
  readonly programs: string;
  /** The text of a buildspec by its path. */
  readonly buildspec: (path: string) => string;
}

/** A text as Terraform reads it back: it takes `${` and `%{` for the beginning of an expression. */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** What a checkout has, after `npm run bundle`. */
export function readPinned(root = "."): Pinned {
  const zip = readFileSync(join(root, "dist/programs.zip"));
  return {
    programs: createHash("sha256").update(zip).digest("hex"),
    buildspec: (path) => readFileSync(join(root, path), "utf8"),
  };
}
