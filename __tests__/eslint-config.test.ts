import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..");

const noRestrictedPaths = "import-x/no-restricted-paths";

/** A line of code, as if it stood in a file that is there: whose folder decides who may be imported. */
interface Case {
  readonly file: string;
  readonly code: string;
}

interface Finding {
  readonly ruleId: string | null;
  readonly message: string;
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

const cases = [...refused, ...allowed, ...importsMain, ...wholeProviders, ...readers, ...readersAllowed];
let findings: Map<Case, Finding[]>;

/** Outside jest, which cannot load a configuration that is an ES module. */
const lint = `
  import { ESLint } from "eslint";
  import { json } from "node:stream/consumers";
  import tseslint from "typescript-eslint";
  // Types have no part in these rules, and take the whole project to load.
  const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });
  const results = [];
  for (const { file, code } of await json(process.stdin)) {
    const [{ messages }] = await eslint.lintText(code, { filePath: file });
    results.push(messages.map(({ ruleId, message }) => ({ ruleId, message })));
  }
  process.stdout.write(JSON.stringify(results));
`;

beforeAll(() => {
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", lint], {
    cwd: root,
    input: JSON.stringify(cases),
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  });
  const results = JSON.parse(output) as Finding[][];
  findings = new Map(cases.map((item, index) => [item, results[index]!]));
}, 120_000);

const all = (item: Case) => findings.get(item)!;
const found = (item: Case, rule: string) => all(item).filter(({ ruleId }) => ruleId === rule);
const name = (item: Case) => [`${item.file}: ${item.code}`, item] as const;

it.each(refused.map(name))("%s is refused, with what is allowed there", (_, item) => {
  const [finding] = found(item, noRestrictedPaths);
  expect(finding?.message).toMatch(/may import from: /);
});

it.each(allowed.map(name))("%s passes", (_, item) => {
  expect(all(item)).toEqual([]);
});

it.each(importsMain.map(name))("%s is refused: nothing imports main.ts", (_, item) => {
  const messages = all(item).map(({ message }) => message);
  expect(messages).toContainEqual(expect.stringContaining("Nothing imports main.ts"));
});

it.each(wholeProviders.map(name))("%s is refused: the whole provider", (_, item) => {
  expect(found(item, "no-restricted-imports")[0]?.message).toContain("Import the submodule");
});

it.each(readers.map(name))("%s is refused: the environment", (_, item) => {
  expect(found(item, "no-restricted-properties")[0]?.message).toContain("settings.ts alone");
});

it.each(readersAllowed.map(name))("%s passes", (_, item) => {
  expect(all(item)).toEqual([]);
});
