import { delimiter } from "node:path";
import { SetupError } from "./command.mjs";

/**
 * Refuses a folder in which nothing here could work, by what is wrong with its name.
 *
 * @param {string} root the project's folder
 * @throws {SetupError}
 */
export function checkFolder(root) {
  const problem = folderProblem(root);
  if (problem)
    throw new SetupError(`The folder ${JSON.stringify(root)} ${problem}. Move the project elsewhere.`);
}

/** What is wrong with the name of a folder, or undefined. */
export function folderProblem(root) {
  if (root.includes(delimiter)) {
    return `has "${delimiter}" in its name, which separates the folders of a PATH: npm finds no program in it`;
  }
  // The TypeScript loader reads it as the beginning of a URL's query. (A backslash is refused by Node.js.)
  if (root.includes("?")) return 'has "?" in its name, and no TypeScript can be started in it';
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  if (/[\x00-\x1f\x7f]/.test(root)) return "has a control character in its name, such as a line break";
  return undefined;
}
