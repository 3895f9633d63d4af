import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  forgetOtherBackends,
  outputValue,
  refuseOtherBuckets,
  resources,
  stackFolder,
  synthesizedStacks,
  stateLocation,
} from "../../../tasks/terraform/synth-output";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "synthesized-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(stack: string, content: object): void {
  mkdirSync(stackFolder(stack, root), { recursive: true });
  writeFileSync(join(stackFolder(stack, root), "cdk.tf.json"), JSON.stringify(content));
}

it("stacks are sorted by name, whatever the manifest's order", () => {
  mkdirSync(join(root, "cdktf.out"));
  const manifest = { stacks: { state: {}, "service-prod": {}, pipeline: {}, "service-dev": {} } };
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify(manifest));
  expect(synthesizedStacks(root)).toEqual(["pipeline", "service-dev", "service-prod", "state"]);
});

it("the location of a stack's state is that of its S3 backend", () => {
  write("state", { terraform: { backend: { s3: { bucket: "b", key: "hw/state.tfstate" } } }, resource: {} });
  expect(stateLocation("state", root)).toMatchObject({ bucket: "b", key: "hw/state.tfstate" });
});

it("a stack with its state in a file has no location, and the error names the stack", () => {
  write("state", { terraform: { backend: { local: { path: "x" } } }, resource: {} });
  expect(() => stateLocation("state", root)).toThrow(
    "The stack state is not synthesized with the S3 backend.",
  );
});

it("every resource of every type has its address and its arguments", () => {
  write("state", {
    terraform: { backend: {} },
    resource: {
      aws_s3_bucket: { one: { bucket: "b1" }, two: { bucket: "b2" } },
      aws_iam_role: { diff: { name: "r" } },
    },
  });
  expect(resources("state", root)).toEqual([
    { type: "aws_s3_bucket", address: "aws_s3_bucket.one", arguments: { bucket: "b1" } },
    { type: "aws_s3_bucket", address: "aws_s3_bucket.two", arguments: { bucket: "b2" } },
    { type: "aws_iam_role", address: "aws_iam_role.diff", arguments: { name: "r" } },
  ]);
});

it.each([
  ["the state of another branch", { type: "s3", config: { bucket: "b", key: "hw_a/state.tfstate" } }, false],
  ["the same state", { type: "s3", config: { bucket: "b", key: "hw/state.tfstate" } }, true],
  [
    "the same state with settings that are not set now",
    { type: "s3", config: { bucket: "b", key: "hw/state.tfstate", region: null, assume_role: null } },
    true,
  ],
  [
    "the same state, locked in another way",
    { type: "s3", config: { bucket: "b", key: "hw/state.tfstate", use_lockfile: true } },
    false,
  ],
  [
    "the state of another branch in another bucket",
    { type: "s3", config: { bucket: "c", key: "hw_a/state.tfstate" } },
    false,
  ],
  // Bootstrap moves it.
  ["the state in another bucket", { type: "s3", config: { bucket: "c", key: "hw/state.tfstate" } }, true],
  ["a local file", { type: "local", config: { path: "x" } }, true],
  ["no backend", undefined, true],
])("forgetOtherBackends keeps Terraform's record of %s only if it matches", (_, backend, remembered) => {
  write("state", { terraform: { backend: { s3: { bucket: "b", key: "hw/state.tfstate" } } }, resource: {} });
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify({ stacks: { state: {} } }));
  const file = join(stackFolder("state", root), ".terraform/terraform.tfstate");
  forgetOtherBackends(root);
  mkdirSync(join(stackFolder("state", root), ".terraform"));
  writeFileSync(file, JSON.stringify({ version: 3, backend }));
  forgetOtherBackends(root);
  expect(existsSync(file)).toBe(remembered);
});

it("forgetOtherBackends removes a record without a setting that the backend has now, unless its state is a file", () => {
  const config = { bucket: "b", key: "hw/state.tfstate" };
  write("state", { terraform: { backend: { s3: { ...config, encrypt: true } } }, resource: {} });
  write("local", { terraform: { backend: { local: { path: "x" } } }, resource: {} });
  const stacks = { state: {}, local: {} };
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify({ stacks }));
  const files = Object.keys(stacks).map((stack) => join(stackFolder(stack, root), ".terraform"));
  for (const folder of files) {
    mkdirSync(folder);
    writeFileSync(join(folder, "terraform.tfstate"), JSON.stringify({ backend: { type: "s3", config } }));
  }
  forgetOtherBackends(root);
  expect(files.map((folder) => existsSync(join(folder, "terraform.tfstate")))).toEqual([false, true]);
  expect(() => refuseOtherBuckets(root)).not.toThrow();
});

it("an output has the value that was synthesized, and a missing one has none", () => {
  write("one", { terraform: { backend: {} }, resource: {}, output: { digest: { value: "abc" } } });
  write("two", { terraform: { backend: {} }, resource: {} });
  expect(outputValue("one", "digest", root)).toBe("abc");
  expect(outputValue("one", "other", root)).toBeUndefined();
  expect(outputValue("two", "digest", root)).toBeUndefined();
});

it("a state in another bucket is not taken for a new one", () => {
  const s3 = { bucket: "b", key: "hw/state.tfstate" };
  write("state", { terraform: { backend: { s3 } }, resource: {} });
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify({ stacks: { state: {} } }));
  const memory = join(stackFolder("state", root), ".terraform");
  expect(() => refuseOtherBuckets(root)).not.toThrow();
  mkdirSync(memory);
  const remember = (bucket: string) =>
    writeFileSync(
      join(memory, "terraform.tfstate"),
      JSON.stringify({ backend: { type: "s3", config: { ...s3, bucket } } }),
    );
  remember("b");
  expect(() => refuseOtherBuckets(root)).not.toThrow();
  remember("old");
  expect(() => refuseOtherBuckets(root)).toThrow(/^The state of state was in the bucket old .* says b\. /);
});
