import { existsSync, lstatSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { report, run, SetupError } from "./command.mjs";
import { digest, readStamp, writeWhole } from "./stamp.mjs";

/**
 * Installs the node packages of package-lock.json unless they are installed already.
 *
 * The stamp is inside node_modules: `npm ci` removes that folder first, so an interrupted install leaves no stamp and
 * is repeated. A node_modules that is a link belongs to another folder, so nothing is written there.
 *
 * @param {string} root the project's folder
 * @throws {SetupError}
 */
export async function installPackages(root) {
  const lockFile = join(root, "package-lock.json");
  if (!existsSync(lockFile)) {
    throw new SetupError(
      `package-lock.json is missing in ${root}. Restore it: git checkout package-lock.json`,
    );
  }
  const lock = readFileSync(lockFile, "utf8");
  const wanted = digest(lock);
  const folder = join(root, "node_modules");
  const stamp = join(folder, ".setup-stamp");
  if (readStamp(stamp) === wanted) return;
  const isLink = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink();
  if (!isInstalled(root, JSON.parse(lock))) {
    if (isLink) throw new SetupError(linkProblem(folder));
    await report(
      "Installing packages (npm ci)",
      run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root }),
      "If the npm registry was unreachable, check the connection (npm ping) and try again.",
    );
  }
  if (!isLink) writeWhole(stamp, wanted);
}

function linkProblem(folder) {
  const target = existsSync(folder) ? realpathSync(folder) : "a folder that does not exist";
  return (
    `${folder} is a link to ${target}, whose packages are not those of package-lock.json here. Nothing was installed: ` +
    "npm would replace them for the other folder too. Remove the link and run the command again."
  );
}

/** Whether node_modules has exactly the packages of the lock file, by npm's own record. */
function isInstalled(root, lock) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages ?? {};
  const wanted = lock.packages ?? {};
  return (
    Object.keys(installed).every((path) => path in wanted) &&
    Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const found = installed[path];
      // npm leaves out what is for another platform.
      if (!found) return Boolean(entry.optional || entry.devOptional);
      return (
        found.version === entry.version && found.integrity === entry.integrity && existsSync(join(root, path))
      );
    })
  );
}
