import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "start-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("every script that runs TypeScript is started with tasks/start.mjs", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const started = Object.values(scripts).flatMap((script) => script.match(/node [^&]*\.ts\b/g) ?? []);
  expect(started.length).toBeGreaterThan(10);
  for (const command of started) expect(command).toContain("--import ./tasks/start.mjs ");
});

it("a client of the AWS SDK prints no warning about Node.js versions", () => {
  const script = join(folder, "client.ts");
  const sdk = JSON.stringify(require.resolve("@aws-sdk/client-s3"));
  writeFileSync(
    script,
    // As on the oldest Node.js that is supported, whichever runs the test.
    `Object.defineProperty(process, "version", { value: "v20.19.0" });
     const { S3Client }: { S3Client: new (config: object) => unknown } = require(${sdk});
     new S3Client({ region: "eu-west-1" });`,
  );
  const { PATH, HOME } = process.env;
  const run = (preload: string) =>
    spawnSync(process.execPath, ["--import", preload, script], {
      cwd: root,
      encoding: "utf8",
      env: { PATH, HOME },
    });
  expect(run("tsx").stderr).toContain("will require node >=22");
  expect(run("./tasks/start.mjs")).toMatchObject({ status: 0, stderr: "" });
});
