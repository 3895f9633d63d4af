import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CallLog, type Call } from "../../src/aws/call-log";
import { compare } from "../../../__tests__/support/wire/compare";

let folder: string;
const { REHEARSAL_CALLS } = process.env;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "calls-"));
  process.env.REHEARSAL_CALLS = folder;
});
afterEach(() => {
  process.env.REHEARSAL_CALLS = REHEARSAL_CALLS;
  rmSync(folder, { recursive: true });
});

const compared = (...calls: Call[]) => {
  const log = CallLog.fromEnvironment()!;
  for (const call of calls) log.add(call);
  return compare(folder);
};

const summary = {
  pipelineExecutionId: "4d0c1f8e-9f0b-4c1e-8d0e-2f6a0a1b2c3d",
  status: "Succeeded",
  startTime: 1.7e9,
};
const listed = (execution: object): Call => ({
  service: "codepipeline",
  operation: "ListPipelineExecutions",
  input: '{"pipelineName":"delivery"}',
  status: 200,
  answer: { pipelineExecutionSummaries: [{ ...summary, ...execution }] },
});
const failed = (code: string, input = '{"pipelineName":"delivery"}'): Call => ({
  ...listed({}),
  input,
  status: 400,
  answer: { __type: code },
});

describe("the comparison of calls with botocore's models", () => {
  it("accepts calls that match the models, and counts them, including repeated ones", async () => {
    const { rows, problems } = await compared(
      listed({}),
      listed({}),
      failed("PipelineNotFoundException"),
      failed("ValidationException", "{}"),
    );
    expect(problems).toEqual({});
    expect(rows).toEqual({
      "codepipeline.ListPipelineExecutions": { calls: 4, answers: 2, errors: 2, refused: 1 },
    });
  });

  it.each<[string, Call, RegExp]>([
    ["an unknown member", listed({ state: "x" }), /pipelineExecutionSummaries\[0\]\.state is unknown/],
    ["an enum's value", listed({ status: "Done" }), /'Done' is none of Cancelled/],
    ["a pattern", listed({ pipelineExecutionId: "1" }), /'1' does not match/],
    ["a time as a text", listed({ startTime: "2026-01-01" }), /is no timestamp/],
    ["milliseconds", listed({ startTime: 1.7e12 }), /is no time in seconds/],
    ["a null", listed({ status: null }), /None is no string/],
    ["a wrong type", listed({ sourceRevisions: {} }), /is no list/],
    ["a missing member", listed({ sourceRevisions: [{}] }), /actionName is missing/],
    [
      "a length",
      listed({ statusSummary: 1, trigger: { triggerDetail: "x".repeat(1025) } }),
      /1025 is more than/,
    ],
    ["an error of another operation", failed("StageNotFoundException"), /not among its errors/],
    ["a failure", failed("InternalFailure"), /not among its errors/],
    [
      "an input that is taken",
      { ...listed({}), input: '{"pipelineName":"a b"}' },
      /takes what the model refuses: .*'a b'/,
    ],
    [
      "an input that is taken for another fault",
      failed("PipelineNotFoundException", "{}"),
      /validation error/,
    ],
    ["an operation that AWS does not have", { ...listed({}), operation: "Nonsense" }, /is no operation/],
  ])("finds %s", async (_, call, problem) => {
    const { problems } = await compared(call);
    expect(Object.keys(problems).join("\n")).toMatch(problem);
  });
});
