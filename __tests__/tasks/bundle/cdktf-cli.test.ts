import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cdktfFiles } from "../../../tasks/bundle/cdktf-cli";

const root = join(__dirname, "../../..");
/** A privileged step downloads and unpacks the CLI with its programs. */
const MOST_BYTES = 8 * 1024 * 1024;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cdktf-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(file: string, contents: Uint8Array | object): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), contents instanceof Uint8Array ? contents : JSON.stringify(contents));
}

/** Writes a synthesized stack as `prepare-stack` does. */
function writeStack(): void {
  const paths = { synthesizedStackPath: "stacks/one/cdk.tf.json", workingDirectory: "stacks/one" };
  const stack = { name: "one", annotations: [], constructPath: "one", dependencies: [], ...paths };
  write("cdktf.json", { language: "typescript", app: "true", projectId: "one", sendCrashReports: "false" });
  write("cdktf.out/manifest.json", { version: "0.21.0", stacks: { one: stack } });
  write("cdktf.out/stacks/one/cdk.tf.json", {
    "//": {
      metadata: { backend: "local", stackName: "one", version: "0.21.0" },
      outputs: { one: { said: "said" } },
    },
    terraform: { backend: { local: { path: "one.tfstate" } } },
    resource: { terraform_data: { one: { input: "hello" } } },
    output: { said: { value: "${terraform_data.one.output}" } },
  });
}

it("the pinned cdktf CLI deploys a stack and writes its outputs, with no other package installed", async () => {
  const files = await cdktfFiles(root, { bundle: true, platform: "node", format: "cjs", minify: true });
  const superfluous = /\.(map|flow)$|\.test\.js$|\/templates\/\w|cdktf-cli\/node_modules\//;
  expect(Object.keys(files).filter((file) => superfluous.test(file))).toEqual([]);
  for (const [file, contents] of Object.entries(files)) write(file, contents);
  writeStack();
  const options = [
    "--skip-synth",
    "--skip-provider-lock",
    "--auto-approve",
    "--outputs-file",
    "outputs.json",
  ];
  const { status, stdout, stderr } = spawnSync(
    "node",
    ["node_modules/cdktf-cli/bundle/bin/cdktf", "deploy", "one", ...options],
    { cwd: folder, encoding: "utf8", env: { ...process.env, CI: "true" } },
  );
  expect([status, stdout + stderr]).toEqual([
    0,
    expect.stringContaining("Apply complete! Resources: 1 added"),
  ]);
  expect(JSON.parse(readFileSync(join(folder, "outputs.json"), "utf8"))).toEqual({ one: { said: "hello" } });
  const bytes = Object.values(files).reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
