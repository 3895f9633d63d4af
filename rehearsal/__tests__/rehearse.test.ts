import { existsSync, readFileSync } from "node:fs";
import {
  CreatePipelineCommand,
  StopPipelineExecutionCommand,
  type StageDeclaration,
} from "@aws-sdk/client-codepipeline";
import { follow, StepFailed } from "../src/rehearse";
import { Watch } from "../src/watch";
import { approvalStage, buildStage, SmallAws } from "./support/small-aws";

let small: SmallAws;

beforeAll(async () => {
  small = await SmallAws.start();
}, 120_000);
afterAll(() => small.stop());

/** Creates a pipeline, which starts it, and follows that execution. */
async function followed(name: string, ...stages: StageDeclaration[]) {
  const watch = new Watch(small.aws);
  await small.codepipeline.send(new CreatePipelineCommand({ pipeline: small.pipeline(name, ...stages) }));
  const [execution] = small.aws.codepipeline.find(name)!.executions;
  return follow({ aws: small.aws }, { watch, executionId: execution!.id });
}

describe("following an execution", () => {
  it("names a failed step, with the reason, the end of its log and the path", async () => {
    await small.project("UnitTest", "seq 1 100", "echo this is what broke", "exit 3");
    const failure = await followed("broken", buildStage("UnitTest")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepFailed);
    const { message, step, log, lastLines } = failure as StepFailed;
    expect(step).toBe("UnitTest");
    expect(message).toMatch(/^UnitTest failed: .*exit (status|code) 3/is);
    expect(lastLines).toContain("this is what broke");
    expect(lastLines.split("\n").length).toBeLessThanOrEqual(25);
    expect(existsSync(log!)).toBe(true);
    expect(readFileSync(log!, "utf8")).toContain("this is what broke");
  });

  it("approves what waits for approval, and reports the status of each stage", async () => {
    await small.project("Deploy", "true");
    const result = await followed("approved", approvalStage("ManualApproval"), buildStage("Deploy"));
    expect(result).toMatchObject({ status: "Succeeded", failure: undefined });
    expect(result.stages.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "Source Succeeded",
      "ManualApproval Succeeded",
      "Deploy Succeeded",
    ]);
  });

  it("reports a stopped execution as such, and not as a failed step", async () => {
    await small.project("Long", "sleep 600");
    const started = small.change((change) => (change.kind === "build" ? change : undefined));
    const end = followed("stopped", buildStage("Long")).catch((error: unknown) => error);
    await started;
    const [execution] = small.aws.codepipeline.find("stopped")!.executions;
    await small.codepipeline.send(
      new StopPipelineExecutionCommand({
        pipelineName: "stopped",
        pipelineExecutionId: execution!.id,
        abandon: true,
      }),
    );
    expect(await end).toMatchObject({ step: "The execution", log: undefined });
    expect(((await end) as Error).message).toContain("it ended with the status Stopped");
  });
});
