import { Testing, type TerraformStack } from "cdktf";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RepositoryIdentity } from "../../invocation";
import { bootstrapLevel } from "../../stacks/bootstrap-level";
import { functionNames } from "../../stacks/functions";
import { PipelineStack } from "../../stacks/pipeline-stack";
import { ServiceStack } from "../../stacks/service-stack";
import type { Pinned } from "../../stacks/pipeline/pinned";
import { StateStack } from "../../stacks/state-stack";
import type { Statement } from "../../stacks/constructs/policy";
import { settingNames } from "../../settings";
import { settingsWith } from "./settings";

// cdktf keeps the stack trace of every token that it creates, for errors that no test reads. Jest looks up each of its
// lines in the source maps, which takes half of the time of a synth.
Object.assign(jest.requireActual<object>("cdktf/lib/tokens/private/stack-trace"), {
  captureStackTrace: () => [],
});

/** A synthesized stack as Terraform reads it. */
export interface Synthesized {
  readonly terraform: {
    readonly backend: Record<string, Record<string, unknown>>;
    readonly required_providers: Record<string, { version: string }>;
  };
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  readonly data?: Record<string, Record<string, Record<string, unknown>>>;
  readonly output: Record<string, { value: unknown }>;
  readonly import?: readonly { readonly to: string; readonly id: string; readonly for_each?: string }[];
}

export function synthesized(stack: TerraformStack): Synthesized {
  return JSON.parse(Testing.synth(stack)) as Synthesized;
}

/** The arguments of all resources of a type. */
export function resourcesOf(stack: Synthesized, type: string): Record<string, unknown>[] {
  return Object.values(stack.resource[type] ?? {});
}

/** The statements of all policies that a role has inline, by the role's name. */
export function permissionsByRole(stack: Synthesized): Record<string, Statement[]> {
  const roles = stack.resource.aws_iam_role ?? {};
  return Object.fromEntries(
    resourcesOf(stack, "aws_iam_role_policy").map((policy) => {
      const address = /aws_iam_role\.([^.}]+)/.exec(String(policy.role))?.[1] ?? "";
      return [String(roles[address]?.name), statements(policy.policy)];
    }),
  );
}

/** The statements of a policy document. */
export function statements(document: unknown): Statement[] {
  return (JSON.parse(String(document)) as { Statement: Statement[] }).Statement;
}

export function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

export function stateStack(
  changes: Record<string, string> = {},
  backend: "s3" | "local" = "s3",
  repository?: RepositoryIdentity,
): StateStack {
  return new StateStack(Testing.app(), { settings: settingsWith(changes), backend, repository });
}

const root = join(__dirname, "../..");

/** The buildspecs of this checkout, and a digest instead of bundled programs. */
export const pinned: Pinned = {
  programs: "p".repeat(64),
  buildspec: (path) => readFileSync(join(root, path), "utf8"),
};

export function pipelineStack(
  changes: Record<string, string> = {},
  digest = "d".repeat(64),
  bootstrapped = bootstrapLevel,
): PipelineStack {
  const settings = settingsWith(changes);
  return new PipelineStack(Testing.app(), {
    settings,
    storedSettings: settingNames,
    bootstrapped,
    pinned,
    digest,
  });
}

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** The service stack with bundles that hold nothing: what is in them is not the stack's business. */
export function serviceStack(
  environment = "prod",
  changes: Record<string, string> = {},
  bootstrapped = bootstrapLevel,
): ServiceStack {
  const bundles = mkdtempSync(join(tmpdir(), "bundles-"));
  made.push(bundles);
  for (const name of functionNames) writeFileSync(join(bundles, `${name}.zip`), name);
  return new ServiceStack(Testing.app(), {
    settings: settingsWith(changes),
    environment,
    commit: "c0ffee",
    bootstrapped,
    bundles,
  });
}
