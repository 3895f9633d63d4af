import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "./packages.mjs";

/**
 * Installs packages that only some tests start in .cache/<name>: a build of the pipeline installs what the project's
 * package.json names, and needs none of them.
 *
 * @param {string} root the project's folder
 * @param {string} name
 * @param {string} source the folder of their package.json and package-lock.json, below root
 */
export async function installForTests(root, name, source) {
  const folder = join(root, ".cache", name);
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(root, source, file), join(folder, file));
  // No install scripts here either: npm reads the file of the folder that it installs in.
  copyFileSync(join(root, ".npmrc"), join(folder, ".npmrc"));
  await installPackages(folder);
}
