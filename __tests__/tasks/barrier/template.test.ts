import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expressionsIn, onlyReference, referenceIn } from "../../../tasks/barrier/template";

describe("expressionsIn", () => {
  it.each([
    ["", []],
    ["$x {y} 100% $", []],
    ["$${HOME} %%{if}", []],
    ["${a.b.c}", ["a.b.c"]],
    ["arn:${a.b.c}:$${x}:${data.d.e.f}", ["a.b.c", "data.d.e.f"]],
    ['${f("x, y")}', ['f("x, y")']],
    ['${f("x", "y")}', ['f("x", "y")']],
    ['${f("x") + "" }', ['f("x") + "" ']],
    ["%${a.b.c}", ["a.b.c"]],
    ["$%%{${a.b.c}", ["a.b.c"]],
  ])("of %j are %j", (text, expressions) => {
    expect(expressionsIn(text)).toEqual(expressions);
  });

  it.each([
    ["%{if true}x%{endif}", "a directive"],
    ["%{~ for x in y}", "a directive"],
    ["$%{if true}", "a directive"],
    ["${~ a.b.c}x%{", "a directive"],
    ['${"${a.b.c}"}', "an expression with a template"],
    ['${f("%{if true}")}', "an expression with a template"],
    ["${{a = 1}}", "a brace"],
    ["${<<EOT\n${a.b.c}\nEOT\n}", "an expression"],
    ['${f("\\"")}', "an escape"],
    ["${a.b.c", "an expression"],
    ['${"', "an expression"],
    ["$$${a.b.c}", "an unknown template"],
    ["%%%{if true}", "an unknown template"],
  ])("refuses %j: %s", (text, problem) => {
    expect(() => expressionsIn(text)).toThrow(problem);
  });

  it("agrees with Terraform, or refuses", () => {
    const tokens = ["$", "%", "{", "}", '"', "a", "\\", "~", "\n", "$${", "%%{", "${local.x}", "${local.y}"];
    const text = fc.array(fc.constantFrom(...tokens), { maxLength: 8 }).map((parts) => parts.join(""));
    const known = fc.sample(text, { numRuns: 1000, seed: 13 }).filter((one) => isKnown(one));
    expect(known.length).toBeGreaterThan(300);
    expect(evaluated(known)).toEqual(
      known.map((one) =>
        one.replace(
          /\$\$\{|%%\{|\$\{local\.(x|y)\}/g,
          (found, name: string | undefined) => name ?? found.slice(1),
        ),
      ),
    );
  });

  it("can ignore comments: Terraform ignores them too, and treats them as keys within a value", () => {
    const comment = { provisioner: [{ "local-exec": { command: "exit 1" } }] };
    const block = { "//": comment, input: { "//": "a key" } };
    const plan = planOf({ "//": comment, resource: { terraform_data: { x: block } } });
    expect(JSON.stringify(plan.configuration)).not.toContain("local-exec");
    expect(plan.planned_values.root_module?.resources[0]?.values.input).toEqual({ "//": "a key" });
  });

  it("takes linear time for a text that is made to be slow", () => {
    for (const text of [
      "$".repeat(1e6),
      "${".repeat(1e5),
      '${"'.repeat(1e5),
      `\${${'"'.repeat(1e6)}`,
      "%$".repeat(1e6),
    ])
      try {
        expressionsIn(text);
      } catch (error) {
        expect((error as Error).message.length).toBeLessThan(500);
      }
  });
});

describe("referenceIn", () => {
  it("reads a reference to an attribute of a resource or a data source", () => {
    expect(referenceIn("aws_iam_role.api-role_1.arn")).toEqual({
      isData: false,
      type: "aws_iam_role",
      name: "api-role_1",
      attribute: "arn",
    });
    expect(referenceIn("data.aws_region.x.name")).toMatchObject({ isData: true, type: "aws_region" });
  });

  it.each([
    "a.b",
    "a.b.c.d",
    "a.b[0].c",
    "a.b.c[0]",
    "data.a.b",
    "a.b.*.c",
    "f(a.b.c)",
    "a.b.c ",
    "data.data.b.c.d",
    "a.b.c\n",
  ])("finds none in %j", (expression) => {
    expect(referenceIn(expression)).toBeUndefined();
  });

  it("accepts a text that is one reference and nothing else", () => {
    expect(onlyReference("${a.b.c}")).toMatchObject({ type: "a", name: "b", attribute: "c" });
    for (const text of [
      "a.b.c",
      "x${a.b.c}",
      "${a.b.c}x",
      "$${a.b.c}",
      "${a.b.c}${a.b.c}",
      "${a.b.c}\n",
      "xxa.b.c}",
      "${a.b.cx",
      "a.b.c}",
      "${a.b.c",
      ["${a.b.c}"],
      1,
      undefined,
    ])
      expect(onlyReference(text)).toBeUndefined();
  });
});

function isKnown(text: string): boolean {
  try {
    return expressionsIn(text).every((one) => /^local\.[xy]$/.test(one));
  } catch {
    return false;
  }
}

/** What the real Terraform takes texts for. */
function evaluated(texts: readonly string[]): unknown[] {
  const output = Object.fromEntries(texts.map((value, index) => [`o${index}`, { value }]));
  const { outputs } = planOf({ locals: { x: "x", y: "y" }, output }).planned_values;
  return texts.map((_, index) => outputs?.[`o${index}`]!.value);
}

interface Plan {
  readonly configuration: unknown;
  readonly planned_values: {
    readonly outputs?: Record<string, { value: unknown }>;
    readonly root_module?: { resources: { values: { input: unknown } }[] };
  };
}

function planOf(json: object): Plan {
  const folder = mkdtempSync(join(tmpdir(), "template-"));
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(json));
  const terraform = (...args: string[]) =>
    execFileSync("terraform", [`-chdir=${folder}`, ...args], { encoding: "utf8", stdio: "pipe" });
  try {
    terraform("init", "-input=false");
    terraform("plan", "-out=plan", "-input=false");
    return JSON.parse(terraform("show", "-json", "plan")) as Plan;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
