import {
  CodePipelineClient,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
} from "@aws-sdk/client-codepipeline";
import { minute, waitingSince } from "../../../tasks/build/waiting-since";

/** An execution of a commit that started at an hour. */
function execution(hour: number, commit?: string): PipelineExecutionSummary {
  return {
    pipelineExecutionId: `execution-${hour}`,
    startTime: new Date(Date.UTC(2026, 0, 1, hour)),
    ...(commit && { sourceRevisions: [{ actionName: "Source1", revisionId: commit }] }),
  };
}

/** CodePipeline with executions, the newest first, on pages of two; the one at an hour changed production last. */
async function hourOf(all: PipelineExecutionSummary[], deliveredAt?: number): Promise<number> {
  const client = new CodePipelineClient({ region: "eu-west-1" });
  client.send = ({ input }: ListPipelineExecutionsCommand) => {
    const { pipelineName, filter, nextToken } = input;
    expect(pipelineName).toBe("hw-pipeline");
    const stage = filter?.succeededInStage?.stageName;
    const found = stage
      ? all.filter(({ startTime }) => stage === "DeployOnProd" && startTime?.getUTCHours() === deliveredAt)
      : all;
    const start = Number(nextToken ?? 0);
    return Promise.resolve({
      pipelineExecutionSummaries: found.slice(start, start + 2),
      nextToken: start + 2 < found.length ? `${start + 2}` : undefined,
    });
  };
  return (await waitingSince(client, "hw-pipeline")).getUTCHours();
}

describe("a change", () => {
  it("waits since the first execution after the last delivery, whatever became of it", async () => {
    const all = [execution(9, "d"), execution(8, "c"), execution(7, "b"), execution(6, "a")];
    expect(await hourOf(all, 6)).toBe(7);
    expect(await hourOf(all, 8)).toBe(9);
  });

  it("waits since the first execution where nothing was delivered yet", async () => {
    expect(await hourOf([execution(9, "c"), execution(8, "b"), execution(7, "a")])).toBe(7);
  });

  it("does not wait in an execution of the delivered commit, or in one that has read no commit", async () => {
    const all = [execution(9, "b"), execution(8), execution(7, "a"), execution(6, "a")];
    expect(await hourOf(all, 6)).toBe(9);
    const failed = { ...execution(8), sourceRevisions: [] };
    expect(await hourOf([execution(9, "b"), failed, execution(7, "a")], 7)).toBe(9);
  });

  it("waits since the next execution where the delivered commit is delivered again", async () => {
    const all = [10, 9, 8, 7].map((hour) => execution(hour, "a"));
    expect(await hourOf(all, 7)).toBe(8);
  });

  it("is an error where CodePipeline lists no execution after the delivery", async () => {
    await expect(hourOf([execution(9, "a")], 9)).rejects.toThrow(/no running execution of hw-pipeline/);
    const client = new CodePipelineClient({ region: "eu-west-1" });
    client.send = () => Promise.resolve({});
    await expect(waitingSince(client, "hw-pipeline")).rejects.toThrow(/Retry the stage\.$/);
  });
});

it("a time is shown to the minute, in UTC", () => {
  expect(minute(new Date("2026-11-29T10:31:59.999Z"))).toBe("2026-11-29 10:31 UTC");
});
