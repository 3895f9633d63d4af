import { execFile } from "node:child_process";

/** An error for the operator: setup prints its message without a stack and exits with 1. */
export class SetupError extends Error {}

/**
 * Runs a command to its end. Resolves with its exit code and everything it printed; `code` is undefined
 * when there is no such command.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} options `env` is added to the own environment
 * @returns {Promise<{ code: number | undefined, output: string }>}
 */
export function run(command, args, { cwd, env } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((done) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number" && error.signal == null) {
        done({ code: undefined, output: error.message });
      } else {
        done({ code: error ? (error.code ?? 1) : 0, output: stdout + stderr });
      }
    });
  });
}

/**
 * Runs a command that takes a while and reports it in one line; a failure shows its output, without the middle if it is long.
 *
 * @param {string} title the name of the work, such as "Installing packages (npm ci)"
 * @param {Promise<{ code: number | undefined, output: string }>} running
 * @param {string} advice what to do when it fails
 */
export async function report(title, running, advice) {
  const start = Date.now();
  process.stderr.write(`${title} … `);
  const { code, output } = await running;
  if (code !== 0) {
    process.stderr.write("failed\n");
    const lines = output.trimEnd().split("\n");
    // The cause may come first (npm adds its usage after it) or last (pip, go).
    const shown = lines.length > 24 ? [...lines.slice(0, 12), "…", ...lines.slice(-12)] : lines;
    throw new SetupError(`${title} failed:\n  ${shown.join("\n  ")}\n${advice}`);
  }
  process.stderr.write(`${Math.round((Date.now() - start) / 1000)} s\n`);
}
