import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildSync } from "esbuild";
import { environment } from "../../support/settings";
import { awsStandIn, environmentFor, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
let folder: string;

beforeAll(async () => {
  aws = await awsStandIn();
  folder = mkdtempSync(join(tmpdir(), "approval-reasons-"));
  buildSync({
    entryPoints: [join(__dirname, "../../../tasks/build/approval-reasons.ts")],
    outfile: join(folder, "approval-reasons.js"),
    bundle: true,
    platform: "node",
  });
  const output = (after: string) => ({ actions: ["no-op"], after });
  const output_changes = { api_version: output("7"), record_object_version: output("7") };
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ resource_changes: [], output_changes }));
});
afterAll(() => {
  aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the program prints in PlanOnProd, while this version of each function is live. */
async function printed(live: string, variables: Record<string, string>): Promise<string> {
  aws.answer = () => ({ body: { FunctionVersion: live } });
  const child = spawn(process.execPath, ["approval-reasons.js", "plan.json"], {
    cwd: folder,
    env: { ...environment, ...environmentFor(aws.url), ...variables },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return text(child.stdout);
}

it.each<[string, string, Record<string, string>, string]>([
  ["nothing changes", "7", { PIPELINE_CHANGED: "no" }, "none"],
  ["the pipeline changes", "7", { PIPELINE_CHANGED: "yes" }, "the pipeline"],
  // A missing variable must not skip the approval.
  ["CheckBuild does not say whether the pipeline changes", "7", {}, "the pipeline"],
  ["the variable is empty", "7", { PIPELINE_CHANGED: "" }, "the pipeline"],
  [
    "versions wait and the pipeline changes",
    "6",
    { PIPELINE_CHANGED: "yes" },
    "the release of api 7 and record-object 7, the pipeline",
  ],
])(
  "the program prints for the pipeline's condition what is approved if %s",
  async (_, live, variables, reasons) => {
    expect(await printed(live, variables)).toBe(`${reasons}\n`);
  },
);
