import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCK_FILE, lockOf } from "../../tasks/barrier/provider-lock";
import { pipelineJson } from "../../__tests__/tasks/barrier/synthesized-stacks";

/** Terraform itself, with the providers of this machine. It hashes 700 MB of them. */
jest.setTimeout(60_000);

const root = mkdtempSync(join(tmpdir(), "lock-"));
afterAll(() => rmSync(root, { recursive: true }));

const stack = pipelineJson();
const lock = lockOf(stack, readFileSync(join(__dirname, "../..", LOCK_FILE), "utf8"));

/** What `terraform init` does with the pipeline stack and a lock file, as the steps of the pipeline call it. */
function init(name: string, lockFile: string) {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(stack));
  writeFileSync(join(folder, LOCK_FILE), lockFile);
  const options = ["-input=false", "-no-color", "-lockfile=readonly", "-backend=false"];
  const { status, stdout, stderr } = spawnSync("terraform", ["init", ...options], {
    cwd: folder,
    env: { ...process.env, CHECKPOINT_DISABLE: "1" },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr, lock: readFileSync(join(folder, LOCK_FILE), "utf8") };
}

it("has the hashes of the providers that this machine installs, and is not changed by init", () => {
  const result = init("as-locked", lock);
  expect(result).toMatchObject({ status: 0, lock });
  expect(result.output).not.toMatch(/Warning/);
});

it("keeps Terraform from a provider with another hash", () => {
  const other = lock.replaceAll(/"h1:[^"]+",/g, `"h1:${"A".repeat(43)}=",`);
  const { status, output } = init("other-hashes", other);
  expect(status).toBe(1);
  expect(output.replace(/\s+/g, " ")).toMatch(/doesn't match any of the checksums/);
});

it("keeps Terraform from a provider that is not locked", () => {
  const { status, output } = init("no-github", lock.replace(/provider "[^"]*github" [^]*/, ""));
  expect(status).toBe(1);
  expect(output).toMatch(/Provider dependency changes detected/);
});
