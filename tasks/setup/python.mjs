import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { report, run, SetupError } from "./command.mjs";
import { digest, readStamp, writeWhole } from "./stamp.mjs";

/**
 * A Python environment of the project: what it is for, its folder in .cache, and the list of its packages.
 *
 * @typedef {{ name: string, folder: string, requirements: string }} Environment
 */

/** The AWS emulator of the rehearsal. */
export const EMULATOR = {
  name: "the AWS emulator",
  folder: "venv",
  requirements: "rehearsal/src/ministack/requirements.txt",
};

/** The AWS CLI, which builds of the rehearsal have as in the images of CodeBuild, and boto3 for a test. */
export const AWS_CLI = {
  name: "the AWS CLI and boto3",
  folder: "aws-cli",
  requirements: "rehearsal/src/aws-cli/requirements.txt",
};

/** Sends the API what its description allows, and what it does not; for one test. */
export const SCHEMATHESIS = {
  name: "Schemathesis",
  folder: "schemathesis",
  requirements: "__tests__/e2e/schemathesis/requirements.txt",
};

/** cfn-lint, zizmor and checkov, which judge the stacks and the workflows in the tests. */
export const ORACLES = {
  name: "the scanners of the tests",
  folder: "oracles",
  requirements: "__tests__/oracles/scanners/requirements.txt",
};

/**
 * Whether an environment has its requirements, and its Python still exists.
 *
 * @param {string} root the project's folder
 * @param {Environment} environment
 */
export function hasPython(root, environment) {
  const venv = folderOf(root, environment);
  return (
    existsSync(join(venv, "bin", "python")) &&
    readStamp(join(venv, ".setup-stamp")) === wanted(root, environment)
  );
}

/**
 * Creates a Python environment. It is built elsewhere and moved when it is complete, so nothing starts a partial one.
 * (bin/python still works after the move; the scripts that pip writes into bin do not, and are not used.)
 *
 * @param {string} root the project's folder
 * @param {Environment} environment
 * @param {string} python the command of a Python the requirements are pinned for
 */
export async function installPython(root, environment, python) {
  const { name, requirements } = environment;
  const venv = folderOf(root, environment);
  const partial = `${venv}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  try {
    const made = await run(python, ["-m", "venv", partial]);
    if (made.code !== 0) {
      throw new SetupError(
        `${python} -m venv failed, so ${name} has no environment to run in:\n  ${made.output.trim()}\n` +
          "On Debian and Ubuntu the module is a package of its own: apt install python3-venv",
      );
    }
    const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"];
    await report(
      `Installing ${name} (pip install)`,
      run(join(partial, "bin", "python"), [
        ...pip,
        "--no-deps",
        "--require-hashes",
        "-r",
        join(root, requirements),
      ]),
      "If the Python package index was unreachable, check the connection and try again.",
    );
    writeWhole(join(partial, ".setup-stamp"), wanted(root, environment));
    // Another process can have finished first, and be using its own.
    if (hasPython(root, environment)) return;
    rmSync(venv, { recursive: true, force: true });
    renameSync(partial, venv);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function folderOf(root, { folder }) {
  return join(root, ".cache", folder);
}

function wanted(root, { requirements }) {
  return digest(readFileSync(join(root, requirements)));
}
