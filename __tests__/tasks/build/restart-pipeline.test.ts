import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildSync } from "esbuild";
import { restartPipeline } from "../../../tasks/build/restart-pipeline";
import { awsStandIn, environmentFor, type AwsStandIn, type Call } from "../aws-stand-in";

const EXECUTION = "11111111-2222-3333-4444-555555555555";

let aws: AwsStandIn;
let client: CodePipelineClient;

beforeAll(async () => {
  aws = await awsStandIn();
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "test" };
  client = new CodePipelineClient({ endpoint: aws.url, region: "eu-west-1", credentials, maxAttempts: 1 });
});
afterAll(() => {
  client.destroy();
  aws.stop();
});
beforeEach(() => {
  aws.calls.length = 0;
});

/** A pipeline of this version, whose execution began with that one. */
function pipeline(version: number, began: number) {
  return ({ operation, input }: Call) => {
    switch (operation) {
      case "GetPipelineExecution":
        expect(input).toEqual({ pipelineName: "hw-pipeline", pipelineExecutionId: EXECUTION });
        return { body: { pipelineExecution: { pipelineVersion: began } } };
      case "GetPipeline":
        expect(input).toEqual({ name: "hw-pipeline" });
        return { body: { pipeline: { name: "hw-pipeline", version } } };
      default:
        return { body: { pipelineExecutionId: "the-next" } };
    }
  };
}

const started = () => aws.calls.filter(({ operation }) => operation === "StartPipelineExecution");

it("the pipeline that the execution began with is not started again", async () => {
  aws.answer = pipeline(7, 7);
  expect(await restartPipeline(client, "hw-pipeline", EXECUTION)).toMatch(/nothing to start/);
  expect(started()).toEqual([]);
});

it("a pipeline that was updated is started once, under a token that a repetition shares", async () => {
  aws.answer = pipeline(8, 7);
  expect(await restartPipeline(client, "hw-pipeline", EXECUTION)).toContain("the-next");
  expect(started().map(({ input }) => input)).toEqual([
    { name: "hw-pipeline", clientRequestToken: EXECUTION },
  ]);
});

it("an error of AWS is passed on", async () => {
  aws.answer = () => ({
    status: 400,
    body: { __type: "PipelineNotFoundException", message: "no such pipeline" },
  });
  await expect(restartPipeline(client, "hw-pipeline", EXECUTION)).rejects.toThrow("no such pipeline");
});

describe("the program in a build", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "restart-"));
    buildSync({
      entryPoints: [join(__dirname, "../../../tasks/build/restart-pipeline.ts")],
      outfile: join(folder, "restart.js"),
      bundle: true,
      platform: "node",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [join(folder, "restart.js")], {
      env: {
        ...environmentFor(aws.url),
        CODEBUILD_INITIATOR: "codepipeline/hw-pipeline",
        PIPELINE_EXECUTION_ID: EXECUTION,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { code: child.exitCode, stdout, stderr };
  }

  it("reads the pipeline and the execution from CodeBuild's variables", async () => {
    aws.answer = pipeline(8, 7);
    expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining("the-next") as string });
    expect(started()).toHaveLength(1);
  });

  it("fails with the pipeline's name and the reason", async () => {
    aws.answer = () => ({
      status: 400,
      body: { __type: "AccessDeniedException", message: "not authorized" },
    });
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toMatch(/hw-pipeline could not be started again: not authorized/);
  });
});
