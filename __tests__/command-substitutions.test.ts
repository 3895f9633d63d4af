import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

/**
 * `export X=$(command)` and `echo "$(command)"` succeed when the command fails, and so does a pipe whose last
 * part succeeds. What a build exports or deploys by would then be empty, and the build would continue.
 */

const folder = join(__dirname, "../buildspecs");
const files = readdirSync(folder).filter((file) => /\.(yml|sh)$/.test(file));

interface Buildspec {
  readonly phases: Readonly<
    Record<string, { readonly commands?: readonly string[]; readonly finally?: readonly string[] }>
  >;
}

/** The commands of a buildspec, or the lines of a shell file, in which a command is substituted. */
function substituting(file: string): string[] {
  const text = readFileSync(join(folder, file), "utf8");
  const commands = file.endsWith(".yml")
    ? Object.values((parse(text) as Buildspec).phases).flatMap((phase) => [
        ...(phase.commands ?? []),
        ...(phase.finally ?? []),
      ])
    : text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  return commands.map((command) => command.trim()).filter((command) => /\$\((?!\()|`/.test(command));
}

/** One substitution, on one line, without a pipe or a second command in it. */
const ONE = String.raw`\$\((?:(?!\$\()[^\n\x60|&;])*\)`;
/** Nothing but an assignment: its status is the status of the command in it. */
const ASSIGNMENT = new RegExp(`^\\w+=${ONE}$`);
/** In a shell file, where nothing ends at a failure by itself, the failure is dealt with in the same line. */
const HANDLED = new RegExp(`^\\w+=${ONE}( \\|\\| ((?:return|exit) 1|\\w+=(\\w+|${ONE})))+$`);

const all = files.flatMap((file) => substituting(file).map((command) => [file, command] as const));

it("the commands that are looked at are those of the buildspecs and their shell files", () => {
  expect(new Set(all.map(([file]) => file.split(".").at(-1)))).toEqual(new Set(["yml", "sh"]));
});

it.each(all)("%s fails when the command in it fails: %s", (file, command) => {
  // What stands in single quotes is no command of the shell.
  const unquoted = command.replace(/'[^']*'/g, "''");
  expect(unquoted).toMatch(file.endsWith(".yml") ? ASSIGNMENT : HANDLED);
});

it.each([
  "X=$(a)\nY=$(b)",
  "X=$(a) echo $(b)",
  "X=$(a | b)",
  "X=$(a; b)",
  "export X=$(a)",
  "echo $(a)",
  "X=`a`",
])("%j is not taken for an assignment that fails", (command) => expect(command).not.toMatch(ASSIGNMENT));

describe.each(["sh", "bash"])("in a real %s", (shell) => {
  let tools: string;

  beforeAll(() => {
    tools = mkdtempSync(join(tmpdir(), "substitutions-"));
    for (const name of ["node", "npm", "terraform", "cat", "mktemp"]) {
      writeFileSync(join(tools, name), "#!/bin/sh\necho said before it failed\nexit 3\n");
      chmodSync(join(tools, name), 0o755);
    }
  });
  afterAll(() => rmSync(tools, { recursive: true, force: true }));

  const statusesOf = (commands: readonly string[]) => {
    // One process starts a shell for each: to start each from here takes ten times as long.
    const each = 'for command; do "$0" -c "$command" >&2; echo $?; done';
    const env = { PATH: `${tools}:${process.env.PATH}` };
    const { stdout } = spawnSync(shell, ["-c", each, shell, ...commands], { env, encoding: "utf8" });
    return stdout.trim().split("\n").map(Number);
  };

  const inBuildspecs = all.filter(([file]) => file.endsWith(".yml"));
  let statuses: number[];
  beforeAll(() => {
    statuses = statusesOf(inBuildspecs.map(([, command]) => command));
  });

  it.each(inBuildspecs.map(([file, command], index) => [file, command, index] as const))(
    "%s: %s",
    (_file, _command, index) => {
      expect(statuses[index]).toBe(3);
    },
  );

  it("what the rule forbids hides the failure", () => {
    expect(statusesOf(["export X=$(node)", "X=$(node | sort)"])).toEqual([0, 0]);
  });
});
