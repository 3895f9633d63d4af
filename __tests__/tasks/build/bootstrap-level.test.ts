import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingBootstrap } from "../../../tasks/build/bootstrap-level";

it("no message is shown if the account has the commit's bootstrap level, or a higher one", () => {
  expect(missingBootstrap(1, "1")).toBeUndefined();
  expect(missingBootstrap(9, "10")).toBeUndefined();
});

it("the message names what is missing, also for a pipeline without a level", () => {
  expect(missingBootstrap(2, "1")).toMatch(/bootstrap level 2; this account has 1.*npm run bootstrap/);
  expect(missingBootstrap(1, undefined)).toMatch(/level 1; this account has 0/);
  expect(missingBootstrap(1, "")).toMatch(/level 1; this account has 0/);
});

it("the message says what this run has deployed", () => {
  expect(missingBootstrap(2, "1")).toContain(
    "The pipeline stays as it is; everything else of this run was deployed. Check out this commit",
  );
});

it("the program prints what to do for the buildspec, and why for the log, without failing the build", () => {
  const folder = mkdtempSync(join(tmpdir(), "bootstrap-level-"));
  try {
    mkdirSync(join(folder, "cdktf.out/stacks/pipeline"), { recursive: true });
    const stack = { output: { bootstrap_level: { value: 2 } } };
    writeFileSync(join(folder, "cdktf.out/stacks/pipeline/cdk.tf.json"), JSON.stringify(stack));
    const root = join(__dirname, "../../..");
    const args = ["--require", join(root, "tasks/start.cjs"), join(root, "tasks/build/bootstrap-level.ts")];
    const run = (pipeline_bootstrap_level: string) =>
      spawnSync(process.execPath, args, {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: process.env.PATH, pipeline_bootstrap_level },
      });
    expect(run("1")).toMatchObject({ status: 0, stdout: "keep\n" });
    expect(run("1").stderr).toContain("The pipeline stays as it is");
    expect(run("2")).toMatchObject({ status: 0, stdout: "update\n", stderr: "" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
