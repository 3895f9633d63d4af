import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Shell } from "../../../src/aws/codebuild/shell";
import type { ShellProgram } from "../../../src/aws/codebuild/shell-program";
import { isAlive } from "./process-table";
import { eventually } from "../../support/eventually";

let folder: string;
let output: string;
let bytes: number;
let shell: Shell;

beforeEach(() => {
  // A quote and a blank: the folder's name ends up inside of the shell's own script.
  folder = realpathSync(mkdtempSync(join(tmpdir(), "it's a shell-")));
  output = "";
  bytes = 0;
});

afterEach(async () => {
  await shell.kill(0);
  rmSync(folder, { recursive: true });
});

function open(program: ShellProgram, path = process.env["PATH"]!) {
  shell = Shell.open({
    shell: program,
    folder: join(folder, "state"),
    directory: folder,
    environment: { PATH: path, MARK: "given" },
    output: (chunk) => {
      bytes += chunk.length;
      if (output.length < 10_000) output += chunk.toString();
    },
  });
  return shell;
}

async function printed(command: string): Promise<string> {
  output = "";
  await shell.run(command);
  return output;
}

describe.each<[string, ShellProgram]>([
  ["this machine's sh", { program: "sh", name: "sh" }],
  ["bash as sh", { program: "bash", name: "sh" }],
  ["bash", { program: "bash", name: "bash" }],
])("%s", (_, program) => {
  beforeEach(() => open(program));

  it("keeps directory, variables and functions between commands", async () => {
    await shell.run("mkdir inner; cd inner; export A='x y'; B=plain; f() { echo from f; }");
    expect(await printed('pwd; echo "$A $B $MARK"; f')).toBe(`${folder}/inner\nx y plain given\nfrom f\n`);
    expect(shell.environment).toMatchObject({ A: "x y", MARK: "given" });
    expect(shell.environment).not.toHaveProperty("B");
  });

  it("reads back multi-line values", async () => {
    await shell.run("export LINES_='one\ntwo=2\n\nthree'");
    expect(shell.environment["LINES_"]).toBe("one\ntwo=2\n\nthree");
  });

  it("runs a multi-line command and a here-document", async () => {
    expect(await printed("for i in 1 2; do\n  echo $i\ndone\ncat <<END\nhere $MARK\nEND")).toBe(
      "1\n2\nhere given\n",
    );
  });

  it.each([
    ["true", 0],
    ["false", 1],
    ["exit 3", 3],
    ["return 4", 4],
    ["exit 0", 0],
    ["set -e; false; echo unreached", 1],
    ["(exit 9)", 9],
    ["no-such-command-anywhere", 127],
    ["kill -9 $$", 137],
    ["exec sh -c 'exit 6'", 6],
    ["echo 0 >&4; echo 0 >&3; exit 5", 5],
  ])("runs %s with status %i", async (command, status) => {
    expect(await shell.run(command)).toBe(status);
    expect(await shell.run("true")).toBe(0);
  });

  it("fails only the command with a syntax error", async () => {
    expect(await shell.run("if then")).not.toBe(0);
    expect(await printed("echo next")).toBe("next\n");
  });

  it("restores the state from before a command that exits the shell", async () => {
    await shell.run("mkdir inner; cd inner; export A=kept");
    await shell.run("export A=lost; cd /; exit 1");
    expect(await printed('pwd; echo "$A"')).toBe(`${folder}/inner\nkept\n`);
  });

  it("keeps set -e, which ends a later command at its first failure", async () => {
    await shell.run("set -e");
    expect(await shell.run("echo before; false; echo after")).toBe(1);
    expect(output).toBe("before\n");
  });

  it("passes on both streams in order, and lets commands open them by name", async () => {
    expect(await printed("echo 1; echo 2 >&2; echo 3; echo 4 >/dev/stderr; echo 5 >/dev/stdout")).toBe(
      "1\n2\n3\n4\n5\n",
    );
  });

  it("traces commands, but not its own loop", async () => {
    await shell.run("set -x");
    const trace = await printed("echo traced");
    expect(trace).toContain("echo traced\ntraced\n");
    expect(trace).not.toMatch(/status|environment|directory/);
  });

  it("has an empty standard input", async () => {
    expect(await printed("cat; echo done")).toBe("done\n");
  });

  it("terminates children in the background when it closes", async () => {
    const pid = Number(await printed("sleep 1000 & echo $!"));
    expect(await printed("echo next")).toBe("next\n");
    expect(isAlive(pid)).toBe(true);
    await shell.close();
    await eventually("the process has terminated", () => !isAlive(pid));
  });

  it("kills a running command and a child that ignores SIGTERM", async () => {
    const running = shell.run("sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' & echo $!; sleep 1000");
    await eventually("the command has printed a line", () => output.includes("\n"));
    const pid = Number(output);
    await shell.kill(200);
    expect(await running).not.toBe(0);
    await eventually("the process has terminated", () => !isAlive(pid));
    await expect(shell.run("true")).rejects.toThrow("has ended");
  });

  it("gives a command time to terminate, and runs nothing after it", async () => {
    const terraform = `sh -c 'trap "sleep 0.2; echo released; exit 0" TERM; echo locked; while :; do sleep 0.05; done'`;
    const running = shell.run(`${terraform}\necho next`);
    await eventually("the lock is held", () => output.includes("locked"));
    await shell.kill();
    expect(await running).toBe(143);
    expect(output).toContain("released\n");
    expect(output).not.toContain("next");
  });

  it("runs exit traps when it closes", async () => {
    await shell.run("trap 'echo goodbye' EXIT");
    await shell.close();
    expect(output).toBe("goodbye\n");
  });

  it("passes on all output before the status, and keeps none of it", async () => {
    const before = process.memoryUsage.rss();
    expect(await shell.run("head -c 50000000 /dev/zero | tr '\\0' x")).toBe(0);
    expect(bytes).toBe(50_000_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(40_000_000);
  });
});

it("names a shell that is not installed", async () => {
  open({ program: "bash", name: "sh" }, "/nowhere");
  await expect(shell.run("true")).rejects.toThrow(
    /^The build's shell bash cannot be started: .*Install bash\.$/,
  );
});
