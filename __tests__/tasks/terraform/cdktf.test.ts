import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { cdktfEnvironment } from "../../../tasks/terraform/cdktf";

const project = join(__dirname, "../../..");
const isTTY = process.stdout.isTTY;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "my project (1) ü-"));
});
afterEach(() => {
  process.stdout.isTTY = isTTY;
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, content: object): void {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), JSON.stringify(content));
}

it("cdktf gets the variable CI if it writes to a file, and not in a terminal", () => {
  process.stdout.isTTY = true;
  expect(cdktfEnvironment()).not.toHaveProperty("CI");
  process.stdout.isTTY = false;
  expect(cdktfEnvironment()).toMatchObject({ CI: "true" });
});

it("cdktf writes the plan to a file without its spinner, in a folder of any name", () => {
  process.stdout.isTTY = false;
  write("cdktf.json", { language: "typescript", app: "true", projectId: "one", sendCrashReports: "false" });
  const paths = { synthesizedStackPath: "stacks/one/cdk.tf.json", workingDirectory: "stacks/one" };
  const stack = { name: "one", annotations: [], constructPath: "one", dependencies: [], ...paths };
  write("cdktf.out/manifest.json", { version: "0.21.0", stacks: { one: stack } });
  write("cdktf.out/stacks/one/cdk.tf.json", {
    "//": { metadata: { backend: "local", stackName: "one", version: "0.21.0" }, outputs: {} },
    terraform: { backend: { local: { path: "one.tfstate" } } },
    resource: { terraform_data: { one: { input: "hello" } } },
  });
  const { status, stdout } = spawnSync(
    join(project, "node_modules/.bin/cdktf"),
    ["diff", "one", "--skip-synth", "--skip-provider-lock"],
    { cwd: folder, encoding: "utf8", env: { ...process.env, CI: "", ...cdktfEnvironment() } },
  );
  expect(status).toBe(0);
  expect(stripVTControlCharacters(stdout)).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
  expect(stdout).not.toMatch(/[\u2800-\u28ff]/);
});

it("cdktf finds a Terraform that reports a termination by a signal, by a name without quotes", () => {
  const { TERRAFORM_BINARY_NAME, PATH } = cdktfEnvironment();
  expect(TERRAFORM_BINARY_NAME).toMatch(/^[\w-]+$/);
  writeFileSync(join(folder, "terraform"), "#!/bin/sh\nkill -KILL $$\n", { mode: 0o755 });
  const [wrapper, ...rest] = PATH!.split(":");
  const env = { PATH: [wrapper, folder, ...rest].join(":") };
  expect(spawnSync("sh", ["-c", `${TERRAFORM_BINARY_NAME} apply`], { env }).status).toBe(128 + 9);
});
