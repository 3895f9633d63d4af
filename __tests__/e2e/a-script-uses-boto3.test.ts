import { join } from "node:path";
import { CreatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { approvalStage, buildStage, SmallAws } from "../../rehearsal/__tests__/support/small-aws";
import { python } from "./aws-cli/python";

/** An error as boto3 reports it. The script has checked its type. */
interface ErrorReport {
  Code: string;
  Message: string;
}

/** The output of the script. */
interface Report {
  approved: {
    execution: string;
    actions: string[];
    pagesOfActions: number;
    started: number;
    build: string;
    log: string[];
    wrongToken: ErrorReport | null;
    tooLate: ErrorReport | null;
  };
  stopped: { execution: string; again: ErrorReport | null };
  executions: Record<string, string>;
  pagesOfExecutions: number;
  notFound: ErrorReport | null;
}

let small: SmallAws;
let before: number;
let report: Report;

beforeAll(async () => {
  small = await SmallAws.start();
  await small.project("UnitTest", 'echo "It says $(cat greeting.txt)"');
  await small.project("Deploy", "true");
  const stages = [buildStage("UnitTest"), approvalStage("Approval"), buildStage("Deploy")];
  const pipeline = small.pipeline("delivery", ...stages);
  await small.codepipeline.send(new CreatePipelineCommand({ pipeline }));
  // Creating the pipeline has started an execution, which would block those of the script.
  const [first] = small.aws.codepipeline.find("delivery")!.executions;
  small.aws.codepipeline.engine.stop(pipelineState(), first!, true, "Not the script's.");
  before = Date.now();
  const script = join(__dirname, "a-script-uses-boto3.py");
  report = JSON.parse(await python(small, script)) as Report;
}, 300_000);
afterAll(() => small.stop());

const pipelineState = () => small.aws.codepipeline.get("delivery");

describe("a script with boto3", () => {
  it("lists the actions before the approval in pages, with their times", () => {
    const { actions, pagesOfActions, started } = report.approved;
    expect(actions).toEqual(["Approval InProgress", "UnitTest Succeeded", "Source1 Succeeded"]);
    expect(pagesOfActions).toBe(actions.length);
    expect(started * 1000).toBeGreaterThanOrEqual(before);
    expect(started * 1000).toBeLessThanOrEqual(Date.now());
  });

  it("reads the log of a build", () => {
    expect(report.approved.build).toBe("SUCCEEDED");
    expect(report.approved.log).toContain("It says hello");
  });

  it("approves one execution and stops the other", () => {
    const { approved, stopped, executions, pagesOfExecutions } = report;
    expect(executions).toMatchObject({ [approved.execution]: "Succeeded", [stopped.execution]: "Stopped" });
    expect(pagesOfExecutions).toBe(Object.keys(executions).length);
    const known = pipelineState().executions.map(({ id, status }) => [id, status]);
    expect(executions).toEqual(Object.fromEntries(known));
  });

  it("catches each error by its type, with a message", () => {
    const errors = [
      report.notFound,
      report.approved.wrongToken,
      report.approved.tooLate,
      report.stopped.again,
    ];
    expect(errors.map((error) => error?.Code)).toEqual([
      "PipelineNotFoundException",
      "InvalidApprovalTokenException",
      "ApprovalAlreadyCompletedException",
      "PipelineExecutionNotStoppableException",
    ]);
    for (const error of errors) expect(error?.Message).toMatch(/\w/);
    expect(report.notFound?.Message).toContain("none");
  });
});
