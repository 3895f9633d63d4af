import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Testing } from "cdktf";
import type { JsonObject } from "../../../stacks/stack-json";
import { deployedByBuilds, receiveStacks, stackChanges } from "../../../tasks/barrier/received-stacks";
import { settingsWith } from "../../support/settings";
import { stateStack } from "../../support/synth";
import { stacksWith } from "./synthesized-stacks";

const settings = settingsWith();
const own = new Map<string, unknown>([
  ...stacksWith({}).map(([id, json]): [string, unknown] => [id, json]),
  ["state", JSON.parse(Testing.synth(stateStack()))],
]);
const ASSET = "stacks/service-dev/assets/api_bundle_1/ABC/api.zip";

let folder: string;
let from: string;
let to: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "received-"));
  from = join(folder, "from");
  to = join(folder, "to");
  for (const [id, json] of own) {
    write(`stacks/${id}/cdk.tf.json`, JSON.stringify(json));
    write(`stacks/${id}/cdk.tf.json`, JSON.stringify(json), to);
  }
  write(ASSET, "code");
  write("manifest.json", "the program's", to);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string, out = from): void {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content);
}

/** Has the other code synthesize a stack with something else in it. */
function change(id: string, changes: JsonObject): void {
  write(`stacks/${id}/cdk.tf.json`, JSON.stringify({ ...(own.get(id) as JsonObject), ...changes }));
}

const read = (path: string) => readFileSync(join(to, path), "utf8");
const receive = () => receiveStacks(deployedByBuilds(settings), from, to, settings);

/** All files of the program's stacks. */
function received(): string[] {
  return readdirSync(to, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(to.length + 1))
    .sort();
}

const stacks = ["pipeline", "service-dev", "service-prod", "state"].map((id) => `stacks/${id}/cdk.tf.json`);

it("receiveStacks copies the JSON and the assets of the stacks that builds deploy, and keeps the rest", async () => {
  change("service-dev", { output: { theirs: { value: "1" } } });
  change("state", { output: { theirs: { value: "1" } } });
  write("manifest.json", "theirs");
  await receive();
  expect(received()).toEqual(["manifest.json", ...stacks, ASSET].sort());
  expect(read("stacks/service-dev/cdk.tf.json")).toContain("theirs");
  // Its comment is written again: cdktf reads the names of the outputs in it.
  expect(JSON.parse(read("stacks/service-dev/cdk.tf.json"))).toMatchObject({
    "//": { outputs: { "service-dev": { theirs: "theirs" } } },
  });
  expect(read("stacks/state/cdk.tf.json")).not.toContain("theirs");
  expect(read("manifest.json")).toBe("the program's");
});

it("receiveStacks copies only the requested stacks", async () => {
  for (const id of ["pipeline", "service-dev"]) change(id, { output: { theirs: { value: "1" } } });
  await receiveStacks(["service-prod"], from, to, settings);
  for (const id of ["pipeline", "service-dev"])
    expect(read(`stacks/${id}/cdk.tf.json`)).not.toContain("theirs");
});

it("stackChanges lists what the other code changes in a stack", async () => {
  expect(await stackChanges("state", from, to)).toEqual([]);
  change("state", { output: { theirs: { value: "\u202e" } } });
  expect(await stackChanges("state", from, to)).toEqual(
    [
      "output.approvers_policy_arn.value",
      "output.state_bucket.value",
      "output.theirs.value",
      "output.diff_role_arn.value",
    ].sort(),
  );
  rmSync(join(from, "stacks/state"), { recursive: true });
  expect(await stackChanges("state", from, to)).toEqual([]);
});

it("stackChanges names changed resources, and ignores comments", async () => {
  change("state", {
    "//": "theirs",
    resource: { aws_kms_key: { a: { "//": "theirs", policy: { x: { y: 1 } } } } },
  });
  write(
    "stacks/state/cdk.tf.json",
    JSON.stringify({ resource: { aws_kms_key: { a: { "//": "ours", policy: { x: { y: 2 } } } } } }),
    to,
  );
  const changes = await stackChanges("state", from, to);
  expect(changes.filter((one) => one.startsWith("resource."))).toEqual(["resource.aws_kms_key.a"]);
  expect(changes.filter((one) => one.includes("//"))).toEqual([]);
});

it.each([
  "stacks/service-dev/more.tf",
  "stacks/service-dev/override.tf.json",
  "stacks/service-dev/terraform.tfvars",
  "stacks/service-dev/a.auto.tfvars.json",
  "stacks/service-dev/.terraform/terraform.tfstate",
  "stacks/service-dev/.terraform.lock.hcl",
  "stacks/service-dev/plan",
  "stacks/service-dev/modules/a/main.tf",
  ".terraformrc",
])("receiveStacks does not copy %s", async (path) => {
  write(path, "x");
  await receive();
  expect(existsSync(join(to, path))).toBe(false);
});

it("receiveStacks keeps only Terraform's own files of an earlier stack", async () => {
  const kept = [".terraform.lock.hcl", ".terraform/modules", "errored.tfstate"];
  for (const name of ["more.tf", "assets/old.zip", ...kept]) write(`stacks/service-dev/${name}`, "x", to);
  await receive();
  const before = kept.map((name) => `stacks/service-dev/${name}`);
  expect(received()).toEqual([ASSET, "manifest.json", ...before, ...stacks].sort());
});

/** Nothing was taken over. */
function expectUntouched(): void {
  expect(received()).toEqual(["manifest.json", ...stacks].sort());
}

describe("receiveStacks refuses", () => {
  it.each<[string, string, JsonObject]>([
    ["a program", "service-dev", { data: { external: { x: { program: ["sh", "-c", "env"] } } } }],
    ["a request", "service-prod", { data: { http: { x: { url: "https://example.com" } } } }],
    ["a secret in an output", "pipeline", { output: { x: { value: "${nonsensitive(aws_kms_key.a.arn)}" } } }],
    [
      "another state",
      "service-dev",
      { terraform: { backend: { http: { address: "https://example.com" } } } },
    ],
    ["a module", "service-prod", { module: { x: { source: "git::https://example.com/x" } } }],
  ])("%s in a stack, and names it", async (_, id, changes) => {
    change(id, changes);
    await expect(receive()).rejects.toThrow(
      new RegExp(`stack ${id} contains items that are not on the allow list:\\n  - ${id}: `),
    );
    expectUntouched();
  });

  it.each([
    "stacks/service-prod/cdk.tf.json",
    ASSET,
    dirname(ASSET),
    "stacks/service-dev/assets",
    "stacks/service-dev",
    "stacks",
  ])("a link in the place of %s", async (path) => {
    renameSync(join(from, path), join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), join(from, path));
    await expect(receive()).rejects.toThrow(`${path} is not a `);
    expectUntouched();
  });

  it("what is neither a file nor a folder", async () => {
    const pipe = "stacks/service-dev/assets/pipe";
    execFileSync("mkfifo", [join(from, pipe)]);
    await expect(receive()).rejects.toThrow(`${pipe} is not a regular file`);
    expectUntouched();
  });

  it.each(["service-stage", "..%2f..", "-chdir=x", "$(id)", ".git"])("a stack named %j", async (name) => {
    write(`stacks/${name}/cdk.tf.json`, "{}");
    await expect(receive()).rejects.toThrow(
      `stacks/${name} is none of pipeline, service-dev, service-prod, state`,
    );
    expectUntouched();
  });

  it("a stack without JSON, one that is missing, and a folder without stacks", async () => {
    rmSync(join(from, "stacks/pipeline/cdk.tf.json"));
    await expect(receive()).rejects.toThrow("stacks/pipeline has no cdk.tf.json");
    rmSync(join(from, "stacks/pipeline"), { recursive: true });
    await expect(receive()).rejects.toThrow("stacks/pipeline is not a folder");
    rmSync(join(from, "stacks"), { recursive: true });
    await expect(receive()).rejects.toThrow("stacks is not a folder");
    expectUntouched();
  });

  it("too many bytes, and too many files", async () => {
    const most = "at most 200 files of 100000000 bytes are read";
    const three = ["pipeline", "service-dev", "service-prod"].map((id) => `stacks/${id}/cdk.tf.json`);
    const bytes = three.reduce((total, path) => total + statSync(join(from, path)).size, 0);
    truncateSync(join(from, ASSET), 100_000_001 - bytes);
    await expect(receive()).rejects.toThrow(`stacks has 4 files of 100000001 bytes: ${most}`);
    truncateSync(join(from, ASSET), 1);
    for (let file = 0; file < 197; file++) write(`stacks/service-dev/assets/${file}`, "");
    await expect(receive()).rejects.toThrow(`stacks has 201 files of ${bytes + 1} bytes: ${most}`);
    expectUntouched();
    rmSync(join(from, "stacks/service-dev/assets/0"));
    truncateSync(join(from, ASSET), 100_000_000 - bytes);
    await expect(receive()).resolves.toBeUndefined();
  });
});
