import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terraformEnvironment, terraformEnvironmentOfBuilds } from "../src/terraform-config";

const root = mkdtempSync(join(tmpdir(), "terraform-config-"));
const before = process.env["TF_CLI_CONFIG_FILE"];
afterAll(() => {
  if (before !== undefined) process.env["TF_CLI_CONFIG_FILE"] = before;
  rmSync(root, { recursive: true, force: true });
});

it("lets Terraform collect no garbage below a gibibyte, unless GOGC or GOMEMLIMIT is set", () => {
  for (const name of ["GOGC", "GOMEMLIMIT"]) delete process.env[name];
  expect(terraformEnvironment(root)).toMatchObject({ GOGC: "off", GOMEMLIMIT: "1GiB" });
  const chosen = { GOGC: "50", GOMEMLIMIT: "2GiB" };
  Object.assign(process.env, chosen);
  expect(terraformEnvironment(root)).toMatchObject(chosen);
  for (const name of Object.keys(chosen)) delete process.env[name];
});

it("points Terraform at the configuration of setup, unless TF_CLI_CONFIG_FILE exists", () => {
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

describe("Terraform in a build", () => {
  const ofBuilds = join(root, ".cache", "terraform-builds.rc");
  beforeEach(() => {
    delete process.env["TF_CLI_CONFIG_FILE"];
    process.env["TF_PLUGIN_CACHE_DIR"] = "/shared";
    mkdirSync(join(root, ".cache"), { recursive: true });
    writeFileSync(join(root, ".cache", "terraform.rc"), "");
    writeFileSync(ofBuilds, "");
  });
  afterEach(() => {
    delete process.env["TF_PLUGIN_CACHE_DIR"];
    delete process.env["TF_CLI_CONFIG_FILE"];
  });

  it("has the configuration of setup for builds, and no plugin cache of the machine", () => {
    const environment = { ...process.env, ...terraformEnvironmentOfBuilds(root) };
    expect(environment.TF_CLI_CONFIG_FILE).toBe(ofBuilds);
    expect(environment.TF_PLUGIN_CACHE_DIR).toBeUndefined();
  });

  it("keeps the operator's own configuration and plugin cache", () => {
    writeFileSync(join(root, "own.rc"), "");
    process.env["TF_CLI_CONFIG_FILE"] = join(root, "own.rc");
    const environment = { ...process.env, ...terraformEnvironmentOfBuilds(root) };
    expect(environment.TF_CLI_CONFIG_FILE).toBe(join(root, "own.rc"));
    expect(environment.TF_PLUGIN_CACHE_DIR).toBe("/shared");
  });
});
