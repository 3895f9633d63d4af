import { run, SetupError } from "./command.mjs";

/** Every tool: how it is asked for its version, the oldest that will do and why, and where it comes from. */
const TOOLS = {
  git: {
    name: "git",
    wanted: "0",
    ask: [["git", ["--version"]]],
    get: "https://git-scm.com/downloads",
  },
  terraform: {
    name: "Terraform",
    // 1.10 brought the S3 backend's lock file, which the stacks lock with.
    wanted: "1.10",
    ask: [["terraform", ["version", "-json"]]],
    get: "https://developer.hashicorp.com/terraform/install",
  },
  // The builds' images are Amazon Linux, where `sh` is bash.
  bash: {
    name: "bash",
    wanted: "3.2",
    ask: [["bash", ["--version"]]],
    get: "https://www.gnu.org/software/bash/",
  },
  python: {
    name: "Python",
    wanted: "3.10",
    ask: ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"].map((command) => [
      command,
      ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
    ]),
    get: "https://www.python.org/downloads/",
  },
};

/**
 * Checks that the named tools and Node.js are there and new enough.
 *
 * @param {("git" | "terraform" | "bash" | "python")[]} names
 * @returns {Promise<Record<string, string>>} the command to call each tool by
 * @throws {SetupError} one message about everything that is missing or too old
 */
export async function checkTools(names) {
  const problems = [];
  const node = nodeProblem(process.versions.node);
  if (node) problems.push(node);
  const commands = {};
  await Promise.all(
    names.map(async (name) => {
      const { command, problem } = await findTool(TOOLS[name]);
      if (problem) problems.push(problem);
      else commands[name] = command;
    }),
  );
  if (problems.length > 0) {
    throw new SetupError(
      `This needs tools that are missing or too old here:\n  ${problems.sort().join("\n  ")}`,
    );
  }
  return commands;
}

/** What is wrong with this version of Node.js, or undefined: no locked package wants more than 20.19. */
export function nodeProblem(version) {
  if (atLeast(version, "20.19")) return undefined;
  return `Node.js 20.19 or newer: found ${version}. Get it from https://nodejs.org/en/download`;
}

/** Whether a version such as "1.11.4" is `wanted` ("1.10") or newer. */
export function atLeast(version, wanted) {
  const [a, b] = [version, wanted].map((text) => text.split(".").map(Number));
  for (let i = 0; i < b.length; i++) {
    const difference = (a[i] ?? 0) - b[i];
    if (difference !== 0) return difference > 0;
  }
  return true;
}

async function findTool({ name, wanted, ask, get }) {
  const found = [];
  for (const [command, args] of ask) {
    // Without CHECKPOINT_DISABLE Terraform asks HashiCorp for news first, which takes seconds offline.
    const { code, output } = await run(command, args, { env: { CHECKPOINT_DISABLE: "1" } });
    const version = code === 0 ? /\d+(\.\d+)+/.exec(output)?.[0] : undefined;
    if (version && atLeast(version, wanted)) return { command };
    if (version) found.push(version);
  }
  const title = wanted === "0" ? name : `${name} ${wanted} or newer`;
  return { problem: `${title}: ${found.length > 0 ? `found ${found[0]}` : "not found"}. Get it from ${get}` };
}
