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
  api.ctrlC();
  await api.ended();
  api.remove();
});

/** Sends requests that the description allows, and others, and resolves with what Schemathesis says of the answers. */
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

it("no request makes the API fail, or answer what it does not describe", async () => {
  const said = await schemathesis();
  expect(said).not.toContain("FAILURES");
  // All of them.
  expect(said).toMatch(/Selected: (\d+)\/\1\s+Tested: \1\s/);
  expect(said).toMatch(/No issues found/);
});

it("an answer that is not described is found", async () => {
  api.edit("lambda-src/api/app.ts", 'status: "ok" as const', 'status: "fine" as "ok"');
  await api.prints("api is new");
  expect(await schemathesis("--include-path", "/health")).toMatch(/Response violates schema/);
});
