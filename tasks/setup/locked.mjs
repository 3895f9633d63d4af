import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The hash that Terraform computes of a provider's folder: h1, Go's dirhash.
 * https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1
 */
export function packageHash(folder) {
  const lines = readdirSync(folder)
    .sort()
    .map((file) => `${sha256(readFileSync(join(folder, file))).digest("hex")}  ${file}\n`);
  return `h1:${sha256(lines.join("")).digest("base64")}`;
}

/** Whether the project's lock file has a hash. Each is of one provider, so it does not matter where. */
export function isLocked(root, hash) {
  return readFileSync(join(root, ".terraform.lock.hcl"), "utf8").includes(`"${hash}"`);
}

function sha256(content) {
  return createHash("sha256").update(content);
}
