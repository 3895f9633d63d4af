import { existsSync } from "node:fs";
import { join } from "node:path";
import { aimOf, allModules, deciding, modulesNamed } from "../../mutation/modules";

const root = join(__dirname, "../..");
const modules = allModules(root);

it("lists only files and folders that exist as modules that decide", () => {
  expect(deciding.filter((one) => !existsSync(join(root, one)))).toEqual([]);
});

it("finds the settings, all stacks, tasks and functions, and of the rehearsal what decides", () => {
  expect(modules).toEqual(
    expect.arrayContaining([
      "settings.ts",
      "stacks/iam/boundary.ts",
      "tasks/barrier/check-stack.ts",
      "lambda-src/api/documents.ts",
      "rehearsal/src/aws/codepipeline/webhook.ts",
    ]),
  );
  expect(modules).not.toContain("rehearsal/src/cli.ts");
  expect(modules.filter((one) => one.includes("__tests__") || !one.endsWith(".ts"))).toEqual([]);
});

it("aims higher for the modules that decide", () => {
  expect(aimOf("tasks/barrier/allowed.ts")).toBe(95);
  expect(aimOf("settings.ts")).toBe(95);
  expect(aimOf("tasks/bundle/bundle.ts")).toBe(85);
  expect(aimOf("tasks/barrier-like.ts")).toBe(85);
});

it.each([
  ["a file", ["tasks/permissions/glob.ts"], ["tasks/permissions/glob.ts"]],
  ["a module by its name", ["glob"], ["tasks/permissions/glob.ts"]],
  ["a folder", ["tasks/permissions/"], modules.filter((one) => one.startsWith("tasks/permissions/"))],
  ["what decides", ["deciding"], modules.filter((one) => aimOf(one) === 95)],
  ["one that is named twice, once", ["glob", "tasks/permissions/glob.ts"], ["tasks/permissions/glob.ts"]],
  ["nothing: all", [], modules],
])("takes %s", (_, names, found) => {
  expect(found.length).toBeGreaterThan(0);
  expect(modulesNamed(names, modules)).toEqual(found);
});

it.each(["tasks/right", "glo", "__tests__/mutation/modules.test.ts"])("refuses %s, by its name", (name) => {
  expect(() => modulesNamed(["glob", name], modules)).toThrow(`There is no module "${name}" to mutate.`);
});
