import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root as project } from "../command";

/** The S3 backend: where a state is, and how it is read and locked. */
interface Backend {
  readonly bucket: string;
  readonly key: string;
  readonly [setting: string]: unknown;
}

/** A synthesized stack, as far as it is used here. */
interface StackJson {
  readonly terraform: {
    readonly backend: { readonly s3?: Backend };
  };
  readonly output?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly import?: readonly { readonly to: string }[];
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** The record that Terraform keeps of a backend, as far as it is used here. */
interface Remembered {
  readonly backend?: {
    readonly type: string;
    readonly config: Readonly<Record<string, unknown>>;
  };
}

/** A resource of a synthesized stack. */
export interface Resource {
  readonly type: string;
  /** Terraform's address, such as `aws_s3_bucket.state_bucket_1A2B3C4D`. */
  readonly address: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The folder of a synthesized stack; `root` is where `cdktf.out` is. */
export function stackFolder(stack: string, root = project): string {
  return join(root, "cdktf.out/stacks", stack);
}

/** The value of an output of a synthesized stack. */
export function outputValue(stack: string, name: string, root = project): unknown {
  return stackJson(stack, root).output?.[name]?.value;
}

/** Where a synthesized stack keeps its state. */
export function stateLocation(stack: string, root = project): { bucket: string; key: string } {
  const location = stackJson(stack, root).terraform.backend.s3;
  if (!location) throw new Error(`The stack ${stack} is not synthesized with the S3 backend.`);
  return location;
}

/**
 * Removes Terraform's record of the last backend in a stack's folder where it differs from the current settings, which
 * Terraform would refuse. This changes no state, and `terraform init` writes the record again. With the settings of
 * another branch, the key of the state is another one.
 *
 * The record stays where the bucket differs: bootstrap moves a state to its bucket, and has to know from where.
 */
export function forgetOtherBackends(root = project): void {
  for (const stack of synthesizedStacks(root)) {
    const [now, before] = [stackJson(stack, root).terraform.backend.s3, remembered(stack, root)];
    if (!now || !before) continue;
    if (before["key"] !== now.key || (before["bucket"] === now.bucket && differ(before, now)))
      rmSync(memoryFile(stack, root));
  }
}

/**
 * Checks that every state is in the bucket that the settings name.
 * @throws Error that names the stack and both buckets
 */
export function refuseOtherBuckets(root = project): void {
  for (const stack of synthesizedStacks(root)) {
    const [now, before] = [stackJson(stack, root).terraform.backend.s3, remembered(stack, root)];
    if (!now || !before || before["bucket"] === now.bucket) continue;
    throw new Error(
      `The state of ${stack} was in the bucket ${String(before["bucket"])} when it was last used here, and ` +
        `pipeline_state_bucket_name says ${now.bucket}. Set it back, or, if the state is in ${now.bucket} by now, ` +
        `remove the folder ${join("cdktf.out/stacks", stack, ".terraform")}.`,
    );
  }
}

/** The settings of the S3 backend that Terraform used last in a stack's folder; from a local file bootstrap moves a state. */
function remembered(stack: string, root: string): Readonly<Record<string, unknown>> | undefined {
  const file = memoryFile(stack, root);
  if (!existsSync(file)) return undefined;
  const { backend } = JSON.parse(readFileSync(file, "utf8")) as Remembered;
  return backend?.type === "s3" ? backend.config : undefined;
}

function memoryFile(stack: string, root: string): string {
  return join(stackFolder(stack, root), ".terraform/terraform.tfstate");
}

/** Whether any setting differs. Terraform records all of them, with null for those that are not set. */
function differ(before: Readonly<Record<string, unknown>>, now: Backend): boolean {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].some(
    (name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(now[name] ?? null),
  );
}

/** All resources of a synthesized stack. */
export function resources(stack: string, root = project): Resource[] {
  return Object.entries(stackJson(stack, root).resource).flatMap(([type, named]) =>
    Object.entries(named).map(([name, args]) => ({ type, address: `${type}.${name}`, arguments: args })),
  );
}

/** Returns the addresses that a synthesized stack itself imports if they exist. */
export function importedAddresses(stack: string, root = project): Set<string> {
  return new Set((stackJson(stack, root).import ?? []).map(({ to }) => to));
}

/** Returns the ids of all synthesized stacks, sorted. */
export function synthesizedStacks(root = project): string[] {
  const manifest = JSON.parse(readFileSync(join(root, "cdktf.out/manifest.json"), "utf8")) as {
    stacks: Record<string, unknown>;
  };
  return Object.keys(manifest.stacks).sort();
}

function stackJson(stack: string, root: string): StackJson {
  return JSON.parse(readFileSync(join(stackFolder(stack, root), "cdk.tf.json"), "utf8")) as StackJson;
}
