import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { receiveStacks } from "../../tasks/received-stacks";

let folder: string;
let from: string;
let to: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "received-"));
  from = join(folder, "from");
  to = join(folder, "to");
  write("manifest.json", '{"stacks":{"state":{"name":"state","workingDirectory":"../../../etc"}}}');
  write("stacks/state/cdk.tf.json", '{"resource":{}}');
  write("stacks/service-dev/cdk.tf.json", "{}");
  write("stacks/service-dev/assets/api_bundle_1/ABC/api.zip", "code");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(from, path)), { recursive: true });
  writeFileSync(join(from, path), content);
}

/** All files below a folder. */
function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

it("takes over the JSON and the assets of each stack, under a manifest of its own", () => {
  expect(receiveStacks(from, to)).toEqual(["service-dev", "state"]);
  expect(filesIn(to)).toEqual([
    "manifest.json",
    "stacks/service-dev/assets/api_bundle_1/ABC/api.zip",
    "stacks/service-dev/cdk.tf.json",
    "stacks/state/cdk.tf.json",
  ]);
  const { stacks } = JSON.parse(readFileSync(join(to, "manifest.json"), "utf8")) as {
    stacks: Record<string, { workingDirectory: string }>;
  };
  expect(stacks.state?.workingDirectory).toBe("stacks/state");
});

it.each([
  "stacks/state/more.tf",
  "stacks/state/override.tf.json",
  "stacks/state/terraform.tfvars",
  "stacks/state/a.auto.tfvars.json",
  "stacks/state/.terraform/terraform.tfstate",
  "stacks/state/.terraform.lock.hcl",
  "stacks/state/plan",
  "stacks/state/modules/a/main.tf",
  ".terraformrc",
])("leaves %s behind", (path) => {
  write(path, "x");
  receiveStacks(from, to);
  expect(existsSync(join(to, path))).toBe(false);
});

it("leaves nothing of what was there before but Terraform's own files", () => {
  for (const name of [
    "state/more.tf",
    "gone/cdk.tf.json",
    "state/errored.tfstate",
    "state/.terraform/modules",
  ]) {
    mkdirSync(dirname(join(to, "stacks", name)), { recursive: true });
    writeFileSync(join(to, "stacks", name), "x");
  }
  receiveStacks(from, to);
  expect(filesIn(join(to, "stacks")).filter((name) => !name.startsWith("service-dev/"))).toEqual([
    "state/.terraform/modules",
    "state/cdk.tf.json",
    "state/errored.tfstate",
  ]);
});

describe("refuses", () => {
  it.each([
    "stacks/state/cdk.tf.json",
    "stacks/service-dev/assets/api_bundle_1/ABC/api.zip",
    "stacks/service-dev/assets/api_bundle_1/ABC",
    "stacks/service-dev/assets",
    "stacks/state",
    "stacks",
  ])("a link in the place of %s", (path) => {
    renameSync(join(from, path), join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), join(from, path));
    expect(() => receiveStacks(from, to)).toThrow(`${path} is not a `);
    expect(existsSync(to)).toBe(false);
  });

  it("what is neither a file nor a folder", () => {
    const pipe = "stacks/service-dev/assets/pipe";
    execFileSync("mkfifo", [join(from, pipe)]);
    expect(() => receiveStacks(from, to)).toThrow(`${pipe} is not a regular file`);
  });

  it.each(["..%2f..", "-chdir=x", "State", "a b", "$(id)", ".git"])("a stack named %j", (name) => {
    write(`stacks/${name}/cdk.tf.json`, "{}");
    expect(() => receiveStacks(from, to)).toThrow("is not a stack's name");
  });

  it("a stack without JSON, and a folder without stacks", () => {
    rmSync(join(from, "stacks/state/cdk.tf.json"));
    expect(() => receiveStacks(from, to)).toThrow("stacks/state has no cdk.tf.json");
    rmSync(join(from, "stacks"), { recursive: true });
    mkdirSync(join(from, "stacks"));
    expect(() => receiveStacks(from, to)).toThrow("There are no stacks");
  });

  it("more than a disk should get: of bytes, and of files", () => {
    const asset = join(from, "stacks/service-dev/assets/api_bundle_1/ABC/api.zip");
    truncateSync(asset, 100_000_001);
    expect(() => receiveStacks(from, to)).toThrow("at most");
    truncateSync(asset, 1);
    for (let file = 0; file < 200; file++) write(`stacks/service-dev/assets/${file}`, "");
    expect(() => receiveStacks(from, to)).toThrow("at most");
    expect(existsSync(to)).toBe(false);
  });
});
