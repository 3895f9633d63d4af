import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockProviders } from "../../../tasks/terraform/lock-providers";
import { stackFolder } from "../../../tasks/terraform/synth-output";
import { pipelineStack, stateStack, synthesized } from "../../support/synth";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(stacks: Readonly<Record<string, unknown>>): void {
  for (const [id, json] of Object.entries(stacks)) {
    mkdirSync(stackFolder(id, root), { recursive: true });
    writeFileSync(join(stackFolder(id, root), "cdk.tf.json"), JSON.stringify(json, null, 2));
  }
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify({ stacks }));
}

it("each stack gets the hashes of the providers that it requires", () => {
  write({ state: synthesized(stateStack()), pipeline: synthesized(pipelineStack()) });
  lockProviders(root);
  const providers = (stack: string) =>
    readFileSync(join(stackFolder(stack, root), ".terraform.lock.hcl"), "utf8").match(/^provider .*/gm);
  expect(providers("state")).toEqual(['provider "registry.terraform.io/hashicorp/aws" {']);
  expect(providers("pipeline")).toHaveLength(2);
});

it("a provider that is not locked is an error that names it", () => {
  write({ other: { terraform: { required_providers: { aws: { source: "aws", version: "9.9.9" } } } } });
  expect(() => lockProviders(root)).toThrow('no hashes for registry.terraform.io/hashicorp/aws "9.9.9"');
});
