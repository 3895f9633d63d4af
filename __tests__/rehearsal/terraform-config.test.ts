import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terraformEnvironment } from "../../rehearsal/terraform-config";

const root = mkdtempSync(join(tmpdir(), "terraform-config-"));
const before = process.env["TF_CLI_CONFIG_FILE"];
afterAll(() => {
  if (before !== undefined) process.env["TF_CLI_CONFIG_FILE"] = before;
  rmSync(root, { recursive: true, force: true });
});

test("lets Terraform collect no garbage below a gibibyte, unless somebody has chosen how much", () => {
  delete process.env["GOGC"];
  expect(terraformEnvironment(root)).toMatchObject({ GOGC: "off", GOMEMLIMIT: "1GiB" });
  process.env["GOGC"] = "50";
  expect(terraformEnvironment(root)).toHaveProperty("GOGC", "50");
  delete process.env["GOGC"];
});

test("points Terraform at what setup wrote, unless somebody's own configuration exists", () => {
  const ours = join(root, ".cache", "terraform.rc");
  process.env["TF_CLI_CONFIG_FILE"] = join(root, "missing.rc");
  expect(terraformEnvironment(root)).not.toHaveProperty("TF_CLI_CONFIG_FILE");

  mkdirSync(join(root, ".cache"));
  writeFileSync(ours, "");
  expect(terraformEnvironment(root)).toHaveProperty("TF_CLI_CONFIG_FILE", ours);
  delete process.env["TF_CLI_CONFIG_FILE"];
  expect(terraformEnvironment(root)).toHaveProperty("TF_CLI_CONFIG_FILE", ours);

  writeFileSync(join(root, "own.rc"), "");
  process.env["TF_CLI_CONFIG_FILE"] = join(root, "own.rc");
  expect(terraformEnvironment(root)).not.toHaveProperty("TF_CLI_CONFIG_FILE");
});
