import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "./packages.mjs";

/**
 * Installs Stryker, which the mutation tests start, in .cache/mutation: a build of the pipeline installs what
 * package.json names, and needs none of it.
 *
 * @param {string} root the project's folder
 */
export async function installStryker(root) {
  const folder = join(root, ".cache/mutation");
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(root, "mutation", file), join(folder, file));
  // No install scripts here either: npm reads the file of the folder that it installs in.
  copyFileSync(join(root, ".npmrc"), join(folder, ".npmrc"));
  await installPackages(folder);
}
