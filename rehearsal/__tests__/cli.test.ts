import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Summary } from "../src/summary";

const project = resolve(__dirname, "../..");
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "cli-"));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

function cli(root: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--require", "./tasks/start.cjs", join(root, "rehearsal/src/cli.ts"), ...args],
    // No repository around the copy counts.
    { cwd: project, encoding: "utf8", env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } },
  );
  return { status, stdout, stderr };
}

describe("npm run rehearse", () => {
  it("describes every option and exit code with --help, and starts nothing", () => {
    const { status, stdout, stderr } = cli(project, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const source = readFileSync(join(project, "rehearsal/src/cli.ts"), "utf8");
    const options = [...source.matchAll(/(\w+): \{ type: "(?:boolean|string)" \}/g)].map(
      ([, name]) => `--${name}`,
    );
    expect(options.length).toBeGreaterThanOrEqual(3);
    for (const option of [...options, "npm run rehearse"]) expect(stdout).toContain(option);
    for (const code of [0, 1, 2, 130]) expect(stdout).toMatch(new RegExp(`with ${code}\\b`));
  }, 30_000);

  it.each([
    ["an unknown option", ["--no-such"], "--no-such"],
    ["an option without its value", ["--json"], "--json"],
    ["an argument that is no option", ["everything"], "everything"],
  ])(
    "exits with 2 and one line that names %s",
    (_, args, named) => {
      const { status, stdout, stderr } = cli(project, ...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain(named);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    30_000,
  );

  describe("a copy of the sources", () => {
    beforeEach(() => {
      for (const name of ["rehearsal", "stacks", "tasks"])
        cpSync(join(project, name), join(copy, name), { recursive: true });
      symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
    });

    it.each(["that is no git checkout", "of a repository without a commit"])(
      "exits with 1 and the reason in %s",
      (kind) => {
        if (kind.includes("without")) execFileSync("git", ["init", "--quiet"], { cwd: copy });
        const { status, stderr } = cli(copy);
        expect(status).toBe(1);
        expect(stderr).toMatch(/is not a git checkout with a commit; the rehearsal pushes its HEAD/);
        expect(stderr).not.toMatch(/^\s+at /m);
        expect(existsSync(join(copy, ".rehearsal"))).toBe(false);
      },
      30_000,
    );

    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
        cwd: copy,
      });

    it("prints what to run if the emulator's environment is missing, and writes the failure as JSON", () => {
      git("init", "--quiet");
      git("commit", "--quiet", "--allow-empty", "--message", "One");
      const file = join(copy, "summary.json");
      const { status, stdout, stderr } = cli(copy, "--json", file);
      expect(status).toBe(1);
      // Whatever comes of it, there is a page to watch, and its address comes before all else.
      expect(stdout).toMatch(/^Watch it in a browser: http:\/\/127\.0\.0\.1:\d+\/?\n/);
      expect(stderr).toContain("node tasks/setup.mjs rehearsal");
      const summary = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      expect(summary).toMatchObject({
        succeeded: false,
        commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      });
      expect(JSON.stringify(summary.failure)).toContain("node tasks/setup.mjs rehearsal");
    }, 30_000);

    it("prints the last lines of a failed bootstrap and the path of its log", () => {
      symlinkSync(join(project, ".cache"), join(copy, ".cache"));
      const bootstrap = "seq 1 100; echo the account is closed; exit 7";
      writeFileSync(join(copy, "package.json"), JSON.stringify({ scripts: { bootstrap } }));
      git("init", "--quiet");
      git("add", "package.json");
      git("commit", "--quiet", "--message", "One");
      const file = join(copy, "summary.json");
      const { status, stderr } = cli(copy, "--json", file);
      expect(status).toBe(1);
      expect(stderr).toContain("npm run bootstrap ended with 7");
      expect(stderr).toContain("the account is closed");
      expect(stderr).not.toContain("\n10\n");
      const [, log] = /Full log: (.+)/.exec(stderr)!;
      expect(readFileSync(log!, "utf8")).toContain("\n10\n");
      const { failure } = JSON.parse(readFileSync(file, "utf8")) as Summary;
      expect(failure).toEqual({ message: "npm run bootstrap ended with 7", log });
    });
  });
});
