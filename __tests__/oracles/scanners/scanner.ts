import { execFile, execFileSync } from "node:child_process";
import { devNull } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "../../..");
const folder = join(root, ".cache/oracles/bin");
const run = promisify(execFile);

/** Installs cfn-lint, zizmor and checkov of the pinned versions: whatever this machine has plays no part. */
export function installScanners(): void {
  execFileSync("node", [join(root, "tasks/setup.mjs"), "oracles"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

export type Scanner = "cfn-lint" | "checkov" | "zizmor";

/** What a scanner said and how it ended: to find something is a failure in the eyes of all of them. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * How each is started: what is written in Python by the environment's own, because the first line of the
 * scripts that pip writes names the folder in which the environment was made.
 */
function command(program: Scanner, args: readonly string[]): [string, string[]] {
  const path = join(folder, program);
  return program === "zizmor" ? [path, [...args]] : [join(folder, "python"), [path, ...args]];
}

/** Runs one of the scanners, without a network and without the configuration of this machine or of its user. */
export async function scan(program: Scanner, args: readonly string[], cwd: string = root): Promise<Said> {
  const env = {
    PATH: process.env.PATH,
    HOME: devNull,
    AWS_DEFAULT_REGION: "eu-central-1",
    // An address where nothing listens: who asks the network gets an error, at once.
    HTTPS_PROXY: "http://127.0.0.1:9",
    HTTP_PROXY: "http://127.0.0.1:9",
  };
  try {
    const { stdout, stderr } = await run(...command(program, args), { cwd, env, maxBuffer: 2 ** 28 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { code, stdout: stdout ?? "", stderr: stderr ?? "" };
  }
}
