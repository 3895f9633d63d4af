import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { report, run, SetupError } from "./command.mjs";
import { digest, readStamp, writeWhole } from "./stamp.mjs";

/**
 * Installs the node packages of package-lock.json unless they are installed already.
 *
 * The stamp lies inside node_modules: `npm ci` removes that folder first, so an interrupted install
 * leaves no stamp and is repeated.
 *
 * @param {string} root the project's folder
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
  const stamp = join(root, "node_modules", ".setup-stamp");
  if (readStamp(stamp) === wanted) return;
  if (!isInstalled(root, JSON.parse(lock))) {
    await report(
      "Installing packages (npm ci)",
      run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root }),
      "If the npm registry was out of reach, check the connection (npm ping) and repeat.",
    );
  }
  writeWhole(stamp, wanted);
}

/** Whether npm's own record of node_modules says that exactly the packages of the lock file lie there. */
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
