import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderDigest } from "../../tasks/barrier/folder-digest";
import { prepareStack } from "../../tasks/barrier/prepare-stack";
import { settingsWith } from "../../__tests__/support/settings";
import { pipelineJson } from "../../__tests__/tasks/barrier/synthesized-stacks";

const root = mkdtempSync(join(tmpdir(), "prepared-"));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, contents: string, mode = 0o644): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), contents, { mode });
  return join(root, path);
}

it("deploys a prepared stack with cdktf, which runs nothing of the artifact", async () => {
  const ran = join(root, "ran");
  write("source/cdktf.json", JSON.stringify({ app: `touch ${ran}`, language: "typescript" }));
  write("source/cdktf.out/stacks/pipeline/cdk.tf.json", JSON.stringify(pipelineJson(), null, 2));
  const [source, target] = [join(root, "source"), join(root, "target")];
  const digest = await folderDigest(source);
  const lock = join(process.cwd(), ".terraform.lock.hcl");
  await prepareStack({ stackId: "pipeline", source, digest, target, lock, settings: settingsWith() });

  const terraform = write("terraform", '#!/bin/sh\necho "terraform $*" in "$PWD" with *\nexit 3\n', 0o755);
  const { stdout, stderr } = spawnSync(
    join(process.cwd(), "node_modules/.bin/cdktf"),
    ["deploy", "pipeline", "--skip-synth", "--skip-provider-lock", "--auto-approve"],
    { cwd: target, env: { ...process.env, TERRAFORM_BINARY_NAME: terraform, CI: "true" }, encoding: "utf8" },
  );
  expect(stdout + stderr).toMatch(/terraform init in .*\/stacks\/pipeline with cdk\.tf\.json\s/);
  expect(existsSync(ran)).toBe(false);
});
