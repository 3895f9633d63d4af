import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(__dirname, "..");

/** A line of code, as if it stood in a file of the project, whose folder decides what it may import. */
interface Case {
  readonly file: string;
  readonly code: string;
}

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

const inFile = (file: string, specifier: string): Case => ({ file, code: `import "${specifier}";` });

/** Every function with every other one. */
const functions = readdirSync(join(root, "lambda-src")).filter((name) => name !== "shared");
const otherFunctions = functions.flatMap((one) =>
  functions.filter((other) => other !== one).map((other) => [one, other] as const),
);

/** The table of who may import whom, row by row. */
const refused: Case[] = [
  inFile("settings.ts", "./stacks/names"),
  inFile("settings.ts", "./tasks/bundle/bundle"),
  inFile("stacks/constructs/account.ts", "../names"),
  inFile("stacks/constructs/account.ts", "../../tasks/bundle/bundle"),
  inFile("stacks/constructs/account.ts", "../../lambda-src/shared/keys"),
  inFile("stacks/constructs/account.ts", "../../rehearsal/src/processes"),
  inFile("stacks/names.ts", "../tasks/bundle/bundle"),
  inFile("stacks/names.ts", "../lambda-src/shared/keys"),
  inFile("stacks/names.ts", "../rehearsal/src/processes"),
  inFile("stacks/names.ts", "../__tests__/support/settings"),
  inFile("main.ts", "./tasks/bundle/bundle"),
  inFile("main.ts", "./rehearsal/src/processes"),
  ...otherFunctions.map(([one, other]) => inFile(`lambda-src/${one}/handler.ts`, `../${other}/handler`)),
  ...functions.flatMap((name) => [
    inFile(`lambda-src/${name}/handler.ts`, "../../settings"),
    inFile(`lambda-src/${name}/handler.ts`, "../../stacks/names"),
    inFile("lambda-src/shared/keys.ts", `../${name}/handler`),
  ]),
  inFile("tasks/bundle/bundle.ts", "../../stacks/pipeline/stages"),
  inFile("tasks/bundle/bundle.ts", "../../lambda-src/shared/keys"),
  inFile("tasks/bundle/bundle.ts", "../../rehearsal/src/processes"),
  inFile("rehearsal/src/processes.ts", "../../stacks/names"),
  inFile("rehearsal/src/processes.ts", "../../settings"),
  inFile("rehearsal/src/processes.ts", "../../tasks/terraform/cdktf"),
  inFile("rehearsal/src/aws/server.ts", "../../../lambda-src/shared/keys"),
  inFile("mutation/modules.ts", "../tasks/bundle/bundle"),
  inFile("stacks/names.ts", "../main"),
  { file: "tasks/bundle/bundle.ts", code: 'export const steps = import("../../stacks/pipeline/stages");' },
  { file: "rehearsal/src/processes.ts", code: 'export * from "../../settings";' },
];

const allowed: Case[] = [
  inFile("settings.ts", "zod"),
  inFile("stacks/constructs/account.ts", "./policy"),
  inFile("stacks/constructs/account.ts", "@cdktf/provider-aws/lib/provider"),
  { file: "stacks/constructs/account.ts", code: 'export type { Settings } from "../../settings";' },
  inFile("stacks/names.ts", "./constructs/policy"),
  inFile("stacks/names.ts", "../settings"),
  inFile("main.ts", "./settings"),
  inFile("main.ts", "./stacks/names"),
  ...functions.map((name) => inFile(`lambda-src/${name}/handler.ts`, "../shared/keys")),
  inFile("lambda-src/shared/keys.ts", "./settings"),
  inFile("tasks/bundle/bundle.ts", "../../settings"),
  inFile("tasks/bundle/bundle.ts", "../../stacks/names"),
  inFile("tasks/bundle/bundle.ts", "../terraform/cdktf"),
  inFile("tasks/cli/permissions-page.ts", "../../stacks/iam/page"),
  inFile("rehearsal/src/processes.ts", "./terraform-config"),
  inFile("rehearsal/src/aws/server.ts", "../processes"),
  inFile("__tests__/settings.test.ts", "../rehearsal/src/processes"),
  inFile("__tests__/settings.test.ts", "../tasks/terraform/cdktf"),
  inFile("__tests__/settings.test.ts", "../lambda-src/shared/keys"),
];

/** Nothing can import main.ts. */
const importsMain: Case[] = [
  inFile("__tests__/settings.test.ts", "../main"),
  inFile("tasks/bundle/bundle.ts", "../../main"),
  inFile("rehearsal/src/processes.ts", "../../main"),
  inFile("rehearsal/src/aws/server.ts", "../../../main"),
];

const wholeProviders: Case[] = [
  inFile("stacks/names.ts", "@cdktf/provider-aws"),
  inFile("stacks/constructs/account.ts", "@cdktf/provider-github"),
  inFile("stacks/names.ts", "@cdktf/provider-aws/lib"),
  inFile("stacks/names.ts", "@cdktf/provider-github/lib/index"),
];

const readsEnvironment = "export const home = process.env.HOME;";
const readers = ["stacks/names.ts", "stacks/constructs/account.ts", "main.ts"].map((file) => ({
  file,
  code: readsEnvironment,
}));
const readersAllowed = ["settings.ts", "tasks/bundle/bundle.ts"].map((file) => ({
  file,
  code: readsEnvironment,
}));

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "lint-rules-")));
  for (const name of ["lint", "tsconfig.json", "rehearsal/tsconfig.json", "__tests__/e2e/tsconfig.json"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const name of [...functions, "shared"])
    mkdirSync(join(folder, "lambda-src", name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lints a copy of the project that has only these files, with the project's configuration: with types if they matter. */
function lint(files: Record<string, string>, options: { readonly withTypes: boolean }): Finding[] {
  const config = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as { options?: object };
  if (!options.withTypes) delete config.options;
  writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const args = [join(root, "node_modules/oxlint/bin/oxlint"), "--format=json", ...Object.keys(files)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  if (!stdout.startsWith("{")) throw new Error(`oxlint failed: ${stdout}${stderr}`);
  return (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
}

/** Lints cases as lines of their files, and returns what is found in each. */
function lintLines(cases: readonly Case[]): [Case, Finding[]][] {
  const lines: Record<string, string[]> = {};
  const places = cases.map((item) => ({ item, line: (lines[item.file] ??= []).push(item.code) }));
  const files = Object.entries(lines).map(([file, code]) => [file, code.join("\n")]);
  const found = lint(Object.fromEntries(files) as Record<string, string>, { withTypes: false });
  const isAt = ({ filename, labels }: Finding, file: string, line: number) =>
    filename === file && labels[0]?.span.line === line;
  return places.map(({ item, line }) => [item, found.filter((finding) => isAt(finding, item.file, line))]);
}

describe("an import or a variable", () => {
  let findings: Map<Case, Finding[]>;

  beforeAll(() => {
    // Before what is refused, which makes import cycles.
    const passing = lintLines([...allowed, ...readersAllowed]);
    const failing = lintLines([...refused, ...importsMain, ...wholeProviders, ...readers]);
    findings = new Map([...passing, ...failing]);
  });

  const all = (item: Case) => findings.get(item)!;
  const messages = (item: Case, rule: string) =>
    all(item)
      .filter(({ code }) => code === rule)
      .map(({ message, help }) => [message, help].join(" ").trim());
  const name = (item: Case) => [`${item.file}: ${item.code}`, item] as const;

  it.each(refused.map(name))("%s is refused, with what is allowed there", (_, item) => {
    expect(messages(item, "project(import-zones)")).toContainEqual(
      expect.stringContaining("may import from: "),
    );
  });

  it.each(allowed.map(name))("%s passes", (_, item) => {
    expect(all(item)).toEqual([]);
  });

  it.each(importsMain.map(name))("%s is refused: nothing imports main.ts", (_, item) => {
    expect(messages(item, "project(import-zones)")).toContain("Nothing imports main.ts.");
  });

  it.each(wholeProviders.map(name))("%s is refused: the whole provider", (_, item) => {
    expect(messages(item, "eslint(no-restricted-imports)")[0]).toContain("Import the submodule");
  });

  it.each(readers.map(name))("%s is refused: the environment", (_, item) => {
    expect(messages(item, "eslint(no-restricted-properties)")[0]).toContain("settings.ts alone");
  });

  it.each(readersAllowed.map(name))("%s passes", (_, item) => {
    expect(all(item)).toEqual([]);
  });
});

/** Code that breaks a rule, each in a file of its own. */
const violations: readonly (readonly [rule: string, code: string, file?: string])[] = [
  ["typescript(TS2322)", 'export const port: number = "80";'],
  ["typescript(TS2322)", 'export const port: number = "80";', "rehearsal/src/port.ts"],
  ["typescript(TS2322)", 'export const port: number = "80";', "__tests__/e2e/port.ts"],
  ["typescript(TS2578)", "// @ts-expect-error nothing is wrong\nexport const port = 80;"],
  ["typescript(no-floating-promises)", "Promise.resolve(1);"],
  ["typescript(no-floating-promises)", "void Promise.resolve(1);", "rehearsal/src/floating.ts"],
  ["typescript(no-misused-promises)", "if (Promise.resolve(true)) process.exit();"],
  ["typescript(no-misused-promises)", "process.on('exit', async () => { await Promise.resolve(); });"],
  ["typescript(await-thenable)", "export const one = await 1;"],
  ["typescript(require-await)", "export async function one() { return 1; }"],
  ["typescript(no-explicit-any)", "export const anything = (value: any) => String(value);"],
  ["typescript(no-unsafe-assignment)", 'export const parsed = JSON.parse("{}");'],
  ["typescript(no-unsafe-argument)", 'Number.parseInt(JSON.parse("{}"), 10);'],
  ["typescript(no-unsafe-call)", 'JSON.parse("{}")();'],
  ["typescript(no-unsafe-member-access)", 'console.log(JSON.parse("{}").name);'],
  ["typescript(no-unsafe-return)", 'export const parsed = () => JSON.parse("{}");'],
  ["typescript(no-base-to-string)", "export const text = String({});"],
  ["typescript(restrict-template-expressions)", "export const text = `${{}}`;"],
  ["typescript(restrict-plus-operands)", "export const text = 1 + {};"],
  ["typescript(unbound-method)", "class One { go() { return this; } }\nexport const { go } = new One();"],
  ["typescript(only-throw-error)", 'throw "failed";'],
  ["typescript(prefer-promise-reject-errors)", 'export const failed = Promise.reject("failed");'],
  ["typescript(no-unnecessary-type-assertion)", "const one: number = 1;\nexport const two = one as number;"],
  ["typescript(no-redundant-type-constituents)", "export type All = unknown | string;"],
  ["typescript(no-array-delete)", "const all = [1];\ndelete all[0];"],
  ["typescript(no-for-in-array)", "for (const key in [1]) console.log(key);"],
  ["typescript(no-require-imports)", 'import fs = require("node:fs");\nconsole.log(fs);'],
  ["eslint(no-unused-vars)", "const unused = 1;"],
  [
    "eslint(no-unsafe-optional-chaining)",
    "const one = {} as { two?: { three: object } };\nconsole.log((one.two?.three).valueOf());",
  ],
  ["eslint(no-undef)", "missing();", "tasks/missing.mjs"],
  ["project(it-only)", 'test("adds", () => undefined);'],
  ["project(it-only)", 'test.each([1])("adds", () => undefined);'],
  ["project(no-private-names)", "export class One { #two = 2; }"],
];

describe("oxlint", () => {
  const cases = violations.map(([rule, code, file], index) => ({
    rule,
    code,
    file: file ?? `tasks/case-${index}.ts`,
  }));
  let findings: Finding[];

  const cycle = {
    "tasks/cycle/one.ts": 'import "./two";\n',
    "tasks/cycle/two.ts": 'import "./three";\n',
    "tasks/cycle/three.ts": 'import "./one";\n',
  };

  beforeAll(() => {
    const files = cases.map(({ file, code }) => [file, `${code}\nexport {};\n`]);
    findings = lint(
      { ...(Object.fromEntries(files) as Record<string, string>), ...cycle },
      { withTypes: true },
    );
  });

  it.each(cases)("refuses by $rule: $code ($file)", ({ rule, file }) => {
    expect(findings.filter(({ filename }) => filename === file).map(({ code }) => code)).toContain(rule);
  });

  it.each(Object.keys(cycle))("refuses the import cycle of %s", (file) => {
    expect(findings.filter(({ filename }) => filename === file).map(({ code }) => code)).toEqual([
      "import(no-cycle)",
    ]);
  });
});
