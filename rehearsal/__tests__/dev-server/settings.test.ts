import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../../src/dev-server/settings";

const NAMES = ["hw_stack_bucket_name", "hw_stack_name", "service_auth", "service_cors_origins"];
const before = process.cwd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "settings-"));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
  for (const name of NAMES) delete process.env[name];
});

describe("the settings of the local API", () => {
  it("have defaults", () => {
    expect(readSettings()).toMatchObject({
      bucket: "heavy-water-dev",
      corsOrigins: [],
      auth: "none",
      stackName: "hw",
    });
  });

  it("treat an empty value as not set", () => {
    writeFileSync(".env", "hw_stack_bucket_name=\nservice_cors_origins=\n");
    expect(readSettings()).toMatchObject({ bucket: "heavy-water-dev", corsOrigins: [] });
  });

  it("are read from the environment before .env", () => {
    writeFileSync(
      ".env",
      "hw_stack_bucket_name=acme\nservice_cors_origins=https://a.example,http://b:3000\n",
    );
    process.env.hw_stack_bucket_name = "local";
    expect(readSettings()).toMatchObject({
      bucket: "local-dev",
      corsOrigins: ["https://a.example", "http://b:3000"],
    });
  });

  it.each([
    ["hw_stack_bucket_name", "No Bucket", "an S3 bucket name"],
    ["service_cors_origins", "example.com", "* or origins"],
    ["service_auth", "basic", "iam, jwt or none"],
    ["hw_stack_name", "1st", "letters, digits and hyphens"],
  ])("refuse %s=%s with the valid values", (name, value, valid) => {
    process.env[name] = value;
    expect(readSettings).toThrow(`Invalid setting ${name}=${JSON.stringify(value)}: must be ${valid}`);
  });
});
