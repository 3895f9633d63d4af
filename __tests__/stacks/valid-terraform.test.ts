import { Testing, type TerraformStack } from "cdktf";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenSettings } from "../support/settings";
import { pipelineStack, serviceStack, stateStack, synthesized } from "../support/synth";

const tokens = { ...tokenSettings, service_cors_origins: "*" };

const stacks: Readonly<Record<string, () => TerraformStack>> = {
  "the state stack": () => stateStack(),
  "the pipeline stack": () => pipelineStack(),
  "the stack of a branch pipeline": () =>
    pipelineStack({ hw_stack_name: "hw_release_1_0_1a2b3c4d", pipeline_environment: "stage" }),
  "the pipeline stack with a connection that ignores paths": () =>
    pipelineStack({ pipeline_source: "connection", pipeline_ignore_paths: "docs/**,*.md" }),
  "a service stack": () => serviceStack(),
  "a service stack with an existing bucket": () =>
    serviceStack("prod", { service_existing_bucket_prod: "acme-documents" }),
  "a service stack whose old versions expire": () => serviceStack("prod", { service_old_version_days: "30" }),
  "a service stack whose old versions are kept": () =>
    serviceStack("prod", { service_old_version_days: "off" }),
  "a service stack that accepts signed requests": () => serviceStack("dev", { service_auth: "iam" }),
  "a service stack that accepts tokens": () => serviceStack("prod", tokens),
  "the state stack with clients for tokens": () => stateStack(tokens),
};

/** A stack that is not valid: the others must not be blamed for it. */
function brokenStack(): TerraformStack {
  const stack = stateStack();
  stack.addOverride("resource.aws_s3_bucket.broken", { bukket: "misspelt" });
  return stack;
}

interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail: string;
  readonly range?: { readonly filename: string };
}

let folder: string;
let diagnostics: readonly Diagnostic[];

/**
 * Makes a module of a stack, and returns the import blocks for the root module, which alone can have them. What they
 * repeat for is an output of the module.
 */
function writeModule(name: string, stack: TerraformStack) {
  const { import: imports = [], ...rest } = synthesized(stack);
  const out = Testing.fullSynth(stack);
  renameSync(join(out, "stacks", stack.node.id), join(folder, name));
  rmSync(out, { recursive: true });
  // Its paths are those of the root module.
  const assets = join(folder, name, "assets");
  if (existsSync(assets)) cpSync(assets, join(folder, "assets"), { recursive: true });
  const outputs = imports.map(({ for_each }, index) => [
    `import_${index}`,
    { value: for_each, sensitive: true },
  ]);
  const output = { ...rest.output, ...(Object.fromEntries(outputs) as typeof rest.output) };
  // With line breaks: a diagnostic quotes its whole line.
  writeFileSync(join(folder, name, "cdk.tf.json"), JSON.stringify({ ...rest, output }, null, 2));
  return imports.map(({ to, id }, index) => ({
    ...{ to: `module.${name}.${to}`, id },
    for_each: `\${module.${name}.import_${index}}`,
  }));
}

const moduleOf = (name: string) => name.replaceAll(" ", "-");

/**
 * Terraform reads all stacks at once, as modules: for each command it starts the providers and reads their schemas,
 * which takes seconds. Mutation tests leave this file out.
 */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "valid-terraform-"));
  const all = Object.entries({ ...stacks, broken: brokenStack }).map(
    ([name, stack]) => [moduleOf(name), stack()] as const,
  );
  const root = {
    import: all.flatMap(([name, stack]) => writeModule(name, stack)),
    module: Object.fromEntries(all.map(([name]) => [name, { source: `./${name}` }])),
  };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(root));
  // Terraform warns of a deprecated argument in each stack.
  const maxBuffer = 16 * 1024 * 1024;
  const options = { cwd: folder, env: process.env, encoding: "utf8", maxBuffer } as const;
  execFileSync("terraform", ["init"], { ...options, stdio: "pipe" });
  const { stdout } = spawnSync("terraform", ["validate", "-json"], options);
  diagnostics = (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const errorsIn = (file: string) =>
  diagnostics
    .filter(({ severity, range }) => severity === "error" && (range?.filename ?? "").startsWith(file))
    .map(({ summary, detail }) => `${summary}: ${detail}`);

it.each(Object.keys(stacks))("%s is valid Terraform", (name) => {
  expect(errorsIn(`${moduleOf(name)}/`)).toEqual([]);
});

it("imports are valid Terraform", () => {
  expect(errorsIn("main.tf.json")).toEqual([]);
});

it("an argument that its resource does not have is no valid Terraform", () => {
  expect(errorsIn("broken/")).toEqual([expect.stringContaining('"bukket"')]);
  // No error is without a file, and so overlooked.
  expect(errorsIn("")).toHaveLength(1);
});
