import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root as project } from "./command";

/** What is read here of a synthesized stack. */
interface StackJson {
  readonly terraform: {
    readonly backend: { readonly s3?: { readonly bucket: string; readonly key: string } };
  };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** What is read here of what Terraform remembers of a backend. */
interface Remembered {
  readonly backend?: {
    readonly type: string;
    readonly config: { readonly key?: string };
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

/** Where a synthesized stack keeps its state. */
export function stateLocation(stack: string, root = project): { bucket: string; key: string } {
  const location = stackJson(stack, root).terraform.backend.s3;
  if (!location) throw new Error(`The stack ${stack} is not synthesized with the S3 backend.`);
  return location;
}

/**
 * Terraform remembers in a stack's folder where it kept the state last, and refuses another place or moves the
 * state there. With the settings of another branch it is another state, of another key: the place is forgotten.
 */
export function forgetOtherBackends(root = project): void {
  for (const stack of stackIds(root)) {
    const file = join(stackFolder(stack, root), ".terraform/terraform.tfstate");
    const { s3 } = stackJson(stack, root).terraform.backend;
    if (!s3 || !existsSync(file)) continue;
    const { backend } = JSON.parse(readFileSync(file, "utf8")) as Remembered;
    // From a local file bootstrap moves a state.
    if (backend?.type !== "s3") continue;
    if (backend.config.key !== s3.key) rmSync(file);
  }
}

/** All resources of a synthesized stack. */
export function resources(stack: string, root = project): Resource[] {
  return Object.entries(stackJson(stack, root).resource).flatMap(([type, named]) =>
    Object.entries(named).map(([name, args]) => ({ type, address: `${type}.${name}`, arguments: args })),
  );
}

/** The ids of all synthesized stacks, in the order of their names. */
export function stackIds(root = project): string[] {
  const manifest = JSON.parse(readFileSync(join(root, "cdktf.out/manifest.json"), "utf8")) as {
    stacks: Record<string, unknown>;
  };
  return Object.keys(manifest.stacks).sort();
}

function stackJson(stack: string, root: string): StackJson {
  return JSON.parse(readFileSync(join(stackFolder(stack, root), "cdk.tf.json"), "utf8")) as StackJson;
}
