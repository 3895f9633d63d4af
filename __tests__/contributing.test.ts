import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

describe("CODEOWNERS", () => {
  it("names folders and files that exist, the ones that judge a commit among them", () => {
    const paths = [...read(".github/CODEOWNERS").matchAll(/^\/(\S+)/gm)].map(([, path = ""]) => path);
    expect(paths).toEqual(
      expect.arrayContaining([".github/", "buildspecs/", "stacks/iam/", "tasks/barrier/"]),
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe("the launch configurations", () => {
  it("start programs that exist", () => {
    const { configurations } = JSON.parse(read(".vscode/launch.json")) as {
      configurations: { program: string }[];
    };
    const programs = configurations.map(({ program }) => program.replace("${workspaceFolder}/", ""));
    expect(programs.length).toBeGreaterThan(3);
    expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
  });
});

describe("Renovate", () => {
  const config = JSON.parse(read(".github/renovate.json")) as {
    minimumReleaseAge: string;
    packageRules: { groupName?: string; matchPackageNames?: string[] }[];
  };
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  const packages = Object.entries({ ...dependencies, ...devDependencies });

  it("waits a week, and groups by packages that are used", () => {
    expect(config.minimumReleaseAge).toBe("7 days");
    const patterns = config.packageRules.flatMap(({ matchPackageNames = [] }) => matchPackageNames);
    const used = (pattern: string) =>
      packages.some(([name]) =>
        pattern.endsWith("**") ? name.startsWith(pattern.slice(0, -2)) : name === pattern,
      );
    expect(patterns.filter((pattern) => !used(pattern))).toEqual([]);
  });

  it("updates exact versions, as package.json has them", () => {
    expect(packages.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

describe("the pre-commit hook", () => {
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), "hook-"));
    git("init", "--quiet");
    symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
    // Without one, oxfmt takes that of a parent folder: in a build of a rehearsal, of a checkout that ignores it.
    copyFileSync(join(root, ".oxfmtrc.json"), join(clone, ".oxfmtrc.json"));
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  function git(...args: string[]): void {
    const { status, stderr } = spawnSync("git", args, { cwd: clone, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  }

  function commit(files: Record<string, string>) {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(clone, name), text);
      git("add", name);
    }
    // As git starts it; the mode of the file plays no part.
    return spawnSync("sh", [join(root, ".githooks/pre-commit")], { cwd: clone, encoding: "utf8" });
  }

  it("accepts staged files that are formatted, whatever their names and kinds", () => {
    const files = { "a b.ts": "export const a = 1;\n", "ü.md": "# Title\n", picture: "not for oxfmt" };
    expect(commit(files)).toMatchObject({ status: 0, stderr: "" });
  });

  it("refuses a staged file that is not, and says what to do", () => {
    const { status, stderr } = commit({ "a b.ts": "export const a=1\n" });
    expect(status).toBe(1);
    expect(stderr).toContain("a b.ts");
    expect(stderr).toContain("run npm run format and stage the result");
  });

  it("does not look at what is not staged, nor at nothing", () => {
    writeFileSync(join(clone, "b.ts"), "export const b=1\n");
    expect(commit({})).toMatchObject({ status: 0, stderr: "" });
  });

  it("says what is missing where no packages are installed", () => {
    rmSync(join(clone, "node_modules"));
    const { status, stderr } = commit({ "a.ts": "export const a = 1;\n" });
    expect(status).toBe(1);
    expect(stderr).toContain("Run npm ci");
  });
});
