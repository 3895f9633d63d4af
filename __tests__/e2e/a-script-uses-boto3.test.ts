import { join } from "node:path";
import { CreatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { approvalStage, buildStage, SmallAws } from "../../rehearsal/__tests__/support/small-aws";
import { python } from "./aws-cli/python";

/** What boto3 makes of an error: that it is one of the expected type has been seen by the script. */
interface Refusal {
  Code: string;
  Message: string;
}

/** What the script prints. */
interface Report {
  approved: {
    execution: string;
    actions: string[];
    pagesOfActions: number;
    started: number;
    build: string;
    log: string[];
    wrongToken: Refusal | null;
    tooLate: Refusal | null;
  };
  stopped: { execution: string; again: Refusal | null };
  executions: Record<string, string>;
  pagesOfExecutions: number;
  notFound: Refusal | null;
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
  // The execution that creating it has started would take the place of those the script starts.
  const [first] = small.aws.codepipeline.find("delivery")!.executions;
  small.aws.codepipeline.engine.stop(pipelineState(), first!, true, "Not the script's.");
  before = Date.now();
  const script = join(__dirname, "a-script-uses-boto3.py");
  report = JSON.parse(await python(small, script)) as Report;
}, 300_000);
afterAll(() => small.stop());

const pipelineState = () => small.aws.codepipeline.get("delivery");

it("it sees what its run did until it waits, page by page, with times that are times", () => {
  const { actions, pagesOfActions, started } = report.approved;
  expect(actions).toEqual(["Approval InProgress", "UnitTest Succeeded", "Source1 Succeeded"]);
  expect(pagesOfActions).toBe(actions.length);
  expect(started * 1000).toBeGreaterThanOrEqual(before);
  expect(started * 1000).toBeLessThanOrEqual(Date.now());
});

it("it reads the log of a build", () => {
  expect(report.approved.build).toBe("SUCCEEDED");
  expect(report.approved.log).toContain("It says hello");
});

it("it approves one run and stops the other, as AWS knows too", () => {
  const { approved, stopped, executions, pagesOfExecutions } = report;
  expect(executions).toMatchObject({ [approved.execution]: "Succeeded", [stopped.execution]: "Stopped" });
  expect(pagesOfExecutions).toBe(Object.keys(executions).length);
  const known = pipelineState().executions.map(({ id, status }) => [id, status]);
  expect(executions).toEqual(Object.fromEntries(known));
});

it("it catches each refusal by its type, and is told why", () => {
  const refusals = [
    report.notFound,
    report.approved.wrongToken,
    report.approved.tooLate,
    report.stopped.again,
  ];
  expect(refusals.map((refusal) => refusal?.Code)).toEqual([
    "PipelineNotFoundException",
    "InvalidApprovalTokenException",
    "ApprovalAlreadyCompletedException",
    "PipelineExecutionNotStoppableException",
  ]);
  for (const refusal of refusals) expect(refusal?.Message).toMatch(/\w/);
  expect(report.notFound?.Message).toContain("none");
});
