import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scan } from "./scanner";

/** What checkov was given: Terraform as JSON, or a plan as JSON. */
export type Framework = "terraform_json" | "terraform_plan";

export interface Finding {
  readonly check: string;
  readonly name: string;
  /** The file's folder. */
  readonly folder: string;
  /** The id of the resource, without its type: of that checkov does not always say which it is. */
  readonly id: string;
}

export interface Result {
  /** The folder and the id of every resource of which it has checked anything. */
  readonly evaluated: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

interface Report {
  readonly summary: { readonly parsing_errors: number };
  readonly results: { readonly failed_checks: readonly Check[]; readonly passed_checks: readonly Check[] };
}

interface Check {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  readonly resource: string;
}

/**
 * Has checkov judge JSON files, each in a folder of its name. It says nothing against what it can't read, so
 * the result says how much it has looked at.
 * @throws Error when there is a file that it did not understand
 */
export async function checkov(
  framework: Framework,
  files: Readonly<Record<string, string>>,
  folder: string,
): Promise<Result> {
  for (const [name, json] of Object.entries(files)) {
    mkdirSync(join(folder, name), { recursive: true });
    if (framework === "terraform_plan") writeFileSync(join(folder, name, "tfplan.json"), json);
    else writeFileSync(join(folder, name, "cdk.tf.json"), withoutImports(json));
  }
  const said = await scan("checkov", [
    ...["--framework", framework, "--directory", folder],
    ...["--skip-download", "--compact", "--output", "json"],
  ]);
  const { summary, results } = readReport(said.stdout, said.stderr);
  if (summary.parsing_errors > 0) throw new Error(`checkov could not read ${summary.parsing_errors} files`);
  const findings = results.failed_checks.map(findingOf);
  const all = [...findings, ...results.passed_checks.map(findingOf)];
  return { findings, evaluated: new Set(all.map(({ folder: name, id }) => `${name} ${id}`)) };
}

/** Checkov reads no lists of blocks, and has no check of import blocks. */
function withoutImports(json: string): string {
  if (!json.includes('"import"')) return json;
  const { import: _, ...stack } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify(stack);
}

function findingOf({ check_id, check_name, file_path, resource }: Check): Finding {
  return {
    check: check_id,
    name: check_name,
    folder: file_path.split("/")[1] ?? "",
    id: resource.split(".").at(-1) ?? "",
  };
}

function readReport(stdout: string, stderr: string): Report {
  let report: unknown;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new Error(`checkov gave no report: ${stderr.slice(-2_000)}`);
  }
  // Where it found nothing to look at, it reports zeros and no results.
  if (!report || typeof report !== "object" || !("summary" in report)) {
    throw new Error(`checkov has looked at nothing: ${stdout.slice(0, 500)}`);
  }
  return report as Report;
}
