import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { LocalApi, project } from "./local-api";

jest.setTimeout(300_000);

const run = promisify(execFile);

let api: LocalApi;

beforeAll(async () => {
  await run("node", [join(project, "tasks/setup.mjs"), "schemathesis"]);
  api = new LocalApi();
  await api.start("--port", "0");
}, 300_000);
afterAll(async () => {
  api.npm.ctrlC();
  await api.npm.exit();
  api.remove();
});

/** Sends requests that the description allows, and others that it does not. @returns the report of Schemathesis */
async function schemathesis(...args: string[]): Promise<string> {
  const python = join(project, ".cache/schemathesis/bin/python");
  const config = join(__dirname, "schemathesis/schemathesis.toml");
  const { stdout } = await run(
    python,
    ["-m", "schemathesis.cli", "--config-file", config, "run", `${api.url}/openapi.json`, ...args],
    { cwd: api.root, maxBuffer: 16 * 1024 * 1024 },
  ).catch((error: { stdout: string }) => error);
  return stdout;
}

describe("Schemathesis", () => {
  it("finds no request that makes the API fail or respond with something undescribed", async () => {
    const report = await schemathesis();
    expect(report).not.toContain("FAILURES");
    // Every operation was tested.
    expect(report).toMatch(/Selected: (\d+)\/\1\s+Tested: \1\s/);
    expect(report).toMatch(/No issues found/);
  });

  it("finds a response that is not described", async () => {
    api.edit("lambda-src/api/app.ts", 'status: "ok" as const', 'status: "fine" as "ok"');
    await api.npm.prints("Reloaded api");
    expect(await schemathesis("--include-path", "/health")).toMatch(/Response violates schema/);
  });
});
