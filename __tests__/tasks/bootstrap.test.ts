import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { environment } from "../support/settings";
import { awsStandIn, environmentFor, type AwsStandIn } from "./aws-stand-in";

const project = join(__dirname, "../..");

let folder: string;
let aws: AwsStandIn;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  aws = await awsStandIn();
});
afterAll(() => {
  aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs bootstrap in a folder without `.env`. @returns what it said as it failed */
async function bootstrap(settings: Readonly<Record<string, string>>): Promise<string> {
  const tsx = join(project, "node_modules/tsx/dist/loader.mjs");
  const args = ["--import", tsx, join(project, "tasks/bootstrap.ts")];
  const env = { PATH: process.env.PATH, ...environmentFor(aws.url), ...settings };
  const error = await promisify(execFile)(process.execPath, args, { cwd: folder, env }).then(
    () => undefined,
    (reason: { stderr: string }) => reason,
  );
  return error?.stderr ?? "";
}

it("wrong settings stop it before it asks AWS for anything", async () => {
  const said = await bootstrap({ ...environment, pipeline_bucket_name: "Artifacts", hw_stack_name: "" });
  expect(said).toContain("3 settings are wrong; nothing was created.");
  expect(said).toContain('pipeline_bucket_name is "Artifacts".');
  expect(said).toContain("hw_stack_name is missing.");
  expect(aws.calls).toEqual([]);
});

it("right ones let it ask whose account this is", async () => {
  aws.answer = () => ({ status: 403, body: "<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>" });
  expect(await bootstrap(environment)).toContain("No AWS account answers");
  expect(aws.calls).toMatchObject([{ operation: "GetCallerIdentity" }]);
});
