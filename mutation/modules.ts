import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * The modules that decide: whether a commit gets permissions, what Terraform receives, whether the applied plan is the
 * approved one, who starts the pipeline, which settings are valid. A mutant that survives here is a decision that no test
 * checks.
 */
export const deciding: readonly string[] = [
  "settings.ts",
  "setting-values.ts",
  "invocation.ts",
  "stacks/pipeline/definition.ts",
  "stacks/pipeline/digest.ts",
  "stacks/pipeline/rules.ts",
  "stacks/service-routes.ts",
  "stacks/stack-json.ts",
  "stacks/visible-text.ts",
  "tasks/build/allowed-losses.ts",
  "tasks/build/apply-plan.ts",
  "tasks/build/approval-reasons.ts",
  "tasks/barrier",
  "tasks/github/hook.ts",
  "tasks/build/comparison.ts",
  "tasks/build/waiting-since.ts",
  "tasks/build/plan-summary.ts",
  "tasks/provenance/verify-provenance.ts",
  "tasks/barrier/received-stacks.ts",
  "tasks/permissions/compare.ts",
  "tasks/permissions/glob.ts",
  "tasks/permissions/policy.ts",
  "tasks/permissions/role.ts",
  "tasks/terraform/plan.ts",
  "tasks/terraform/without-credentials.ts",
  // The signature and the filter of the webhook, as the rehearsal of CodePipeline checks them.
  "rehearsal/src/aws/codepipeline/webhook.ts",
  "rehearsal/src/aws/github-delivery.ts",
];

/** The percentage of a module's mutants that the tests must detect. */
export const aims = { deciding: 95, other: 85 };

/** The folders with the other modules. */
const folders = ["lambda-src", "stacks", "tasks"];

/** Returns the path of every mutated module, relative to the project's folder. */
export function allModules(root: string): string[] {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  );
  const listed = deciding.filter((one) => one.endsWith(".ts"));
  return [...new Set([...listed, ...found])].sort();
}

/** Returns the score that a module must reach. */
export function aimOf(module: string): number {
  return deciding.some((one) => isIn(module, one)) ? aims.deciding : aims.other;
}

/**
 * Returns the modules of names: a file, a folder, a module without folder and extension, or `deciding`.
 *
 * @param names if empty, all modules
 * @throws Error that names the unknown module
 */
export function modulesNamed(names: readonly string[], modules: readonly string[]): string[] {
  if (names.length === 0) return [...modules];
  const found = names.flatMap((name) => {
    const inFolder = modules.filter((module) => isIn(module, name.replace(/\/$/, "")));
    const matching =
      inFolder.length > 0
        ? inFolder
        : modules.filter(
            (module) =>
              basename(module, ".ts") === name || (name === "deciding" && aimOf(module) === aims.deciding),
          );
    if (matching.length > 0) return matching;
    throw new Error(
      `There is no module ${JSON.stringify(name)} to mutate. Name a file or a folder, such as tasks/permissions, ` +
        "a module such as glob, or deciding.",
    );
  });
  return [...new Set(found)].sort();
}

function isIn(module: string, place: string): boolean {
  return module === place || module.startsWith(`${place}/`);
}
