import { spawnSync } from "node:child_process";
import { join } from "node:path";

const start = join(__dirname, "../../tasks/start.cjs");
const program = [process.execPath, "--require", start, join(__dirname, "support/terminal-program.ts")];
/** The terminal of these tests says what it can; nothing of the machine's own counts. */
const environment = {
  PATH: process.env.PATH,
  TERM: "xterm-256color",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

/** What a command prints, which must succeed. */
function printed([command, ...args]: string[], variables: NodeJS.ProcessEnv): string {
  const env = { ...environment, ...variables };
  const { status, stdout, stderr } = spawnSync(command!, args, { encoding: "utf8", env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

const inPipe = (variables: NodeJS.ProcessEnv = {}) => printed(program, variables);

/** The same in a terminal of its own, which is wide enough for each line. */
const inTerminal = (variables: NodeJS.ProcessEnv = {}) => {
  const command = `stty cols 100 rows 40 && ${program.join(" ")}`;
  return printed(["script", "--quiet", "--return", "--command", command, "/dev/null"], variables);
};

const ESCAPE = "\u001b";
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");
const GREEN = `${ESCAPE}[32m`;
const ONE_LINE_UP = `${ESCAPE}[1A`;

describe("where no terminal is", () => {
  it("prints a line with the time for each step, without escape sequences", () => {
    const output = inPipe();
    expect(output).not.toContain(ESCAPE);
    const lines = output.trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^\S \[\d\d:\d\d:\d\d\] \S/);
    const ended = lines
      .filter((line) => line.startsWith("✔"))
      .map((line) => line.slice("✔ [00:00:00] ".length));
    expect(ended).toEqual([
      "Start AWS and GitHub on this machine",
      "npm run bootstrap: state stack, secret, pipeline stack",
      "git push c0ffee000",
      "UnitTest (0.0 s)",
      "SelfUpdate (skipped)",
      "The pipeline",
      "Smoke-test production",
    ]);
  });

  it("prints the same in colours with FORCE_COLOR", () => {
    const output = inPipe({ FORCE_COLOR: "1" });
    expect(output).toContain(GREEN);
    const plain = output.replace(COLOUR, "");
    expect(plain).not.toContain(ESCAPE);
    expect(plain).toMatch(/^✔ \[\d\d:\d\d:\d\d\] Smoke-test production$/m);
  });
});

// The script of macOS is another one, and cannot do this.
const hasScript = /util-linux/.test(spawnSync("script", ["--version"], { encoding: "utf8" }).stdout ?? "");
if (!hasScript)
  process.stderr.write("The live view is not tried in a terminal: util-linux's script is missing.\n");

(hasScript ? describe : describe.skip)(
  hasScript ? "in a terminal" : "in a terminal (needs util-linux's script)",
  () => {
    it("updates one list in a terminal, in colours", () => {
      const output = inTerminal();
      expect(output).toContain(ONE_LINE_UP);
      expect(output).toContain(`${GREEN}✔`);
      // At the end the screen shows the whole list, each step once.
      const screen = output.slice(output.lastIndexOf(ONE_LINE_UP)).replace(COLOUR, "");
      expect(screen.match(/✔ .*(?=\r\n)/g)).toEqual([
        "✔ Start AWS and GitHub on this machine",
        "✔ npm run bootstrap: state stack, secret, pipeline stack",
        "✔ git push c0ffee000",
        "✔ The pipeline",
        "✔ UnitTest (0.0 s)",
        "✔ SelfUpdate (skipped)",
        "✔ Smoke-test production",
      ]);
    });

    it("updates it without colours with NO_COLOR", () => {
      const output = inTerminal({ NO_COLOR: "1" });
      expect(output).toContain(ONE_LINE_UP);
      expect(output).toContain("✔ Smoke-test production");
      expect(output).not.toMatch(COLOUR);
    });
  },
);
