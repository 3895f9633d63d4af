import { capture, CommandFailed, execute, outputOf } from "../../tasks/process";

const node = (script: string) => ["-e", script];

describe("execute", () => {
  it.each([
    ["its exit code", "process.exit(3)", 3],
    ["0", "", 0],
    ["the signal that killed it", "process.kill(process.pid, 'SIGKILL')", "SIGKILL"],
  ])("returns %s", async (_, script, exit) => {
    expect(await execute(process.execPath, node(script))).toBe(exit);
  });

  it("shows the whole output of a command that must not write to a terminal", async () => {
    let shown = "";
    const write = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => {
      shown += String(chunk);
      return true;
    });
    const script = "process.stdout.write('x'.repeat(1e6)); process.exitCode = 2";
    const exit = await execute(process.execPath, node(script), { stdout: "pipe" });
    write.mockRestore();
    expect([exit, shown.length]).toEqual([2, 1e6]);
  });

  it("adds variables to this process's environment", async () => {
    process.env.OWN = "1";
    const script = "process.exit(Number(process.env.OWN) + Number(process.env.ADDED))";
    expect(await execute(process.execPath, node(script), { env: { ADDED: "4" } })).toBe(5);
    delete process.env.OWN;
  });

  it("fails if the command does not exist", async () => {
    await expect(execute("no-such-command", [])).rejects.toThrow("ENOENT");
  });
});

describe("capture", () => {
  it("returns what a command prints to both of its outputs, and how it exits", async () => {
    const script = "process.stdout.write('out'); process.stderr.write('error'); process.exitCode = 3";
    const { exit, output } = await capture(process.execPath, node(script));
    expect(exit).toBe(3);
    expect([output.includes("out"), output.includes("error"), output.length]).toEqual([true, true, 8]);
  });

  it("runs a command in a folder, with variables added to this process's environment", async () => {
    process.env.OWN = "1";
    const script = "console.log(process.cwd(), process.env.OWN, process.env.ADDED)";
    const { output } = await capture(process.execPath, node(script), { cwd: "/", env: { ADDED: "4" } });
    expect(output).toBe("/ 1 4\n");
    delete process.env.OWN;
  });
});

describe("outputOf", () => {
  it("adds variables to this process's environment", async () => {
    process.env.OWN = "1";
    const script = "console.log(process.env.OWN, process.env.ADDED)";
    expect(await outputOf(process.execPath, node(script), { env: { ADDED: "4" } })).toBe("1 4\n");
    delete process.env.OWN;
  });

  it("returns what a command prints, more than Node.js reads by default", async () => {
    const script = "process.stdout.write('x'.repeat(2 ** 21))";
    expect((await outputOf(process.execPath, node(script))).length).toBe(2 ** 21);
  });

  it("fails with what a failed command writes to standard error", async () => {
    const failed = outputOf(process.execPath, node("console.error('no lock file'); process.exit(1)"));
    await expect(failed).rejects.toMatchObject({ stderr: "no lock file\n", code: 1 });
  });

  it("fails if a command prints more than the limit", async () => {
    const script = "process.stdout.write('x'.repeat(100))";
    await expect(outputOf(process.execPath, node(script), { limit: 99 })).rejects.toThrow("maxBuffer");
  });
});

it.each([
  [1, "terraform plan failed with exit code 1. Its output is above."],
  ["SIGINT" as const, "terraform plan failed with SIGINT. Its output is above."],
])("a failed command names how it exited: %s", (exit, message) => {
  expect(new CommandFailed("terraform plan", exit).message).toBe(message);
});
