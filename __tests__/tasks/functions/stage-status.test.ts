import type { Server } from "node:http";
import { handler, statusOf, type StateChange } from "../../../tasks/functions/stage-status";
import { serve } from "../../support/http";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const COMMIT = "c".repeat(40);

/** An event of a stage, or of an action of a category. */
function event(stage: string, state: string, category?: string, partition = "aws"): StateChange {
  return {
    "detail-type": `CodePipeline ${category === undefined ? "Stage" : "Action"} Execution State Change`,
    region: "eu-west-1",
    resources: [`arn:${partition}:codepipeline:eu-west-1:123456789012:hw-pipeline`],
    detail: {
      pipeline: "hw-pipeline",
      "execution-id": "e-1",
      stage,
      state,
      ...(category !== undefined && { type: { category } }),
    },
  };
}

describe("the status of a stage", () => {
  const shown = (...of: Parameters<typeof event>) => {
    const { context, state, description } = statusOf(event(...of), ["Source1", "ConfirmPermissions"]) ?? {};
    return [context, state, description];
  };

  it.each([
    ["STARTED", "pending", "In progress"],
    ["RESUMED", "pending", "In progress again"],
    ["SUCCEEDED", "success", "Succeeded"],
    ["FAILED", "failure", "Failed"],
    ["STOPPED", "error", "Stopped"],
    ["CANCELED", "error", "Canceled: the pipeline was updated"],
  ])("is, after %s, %s", (state, expected, description) => {
    expect(shown("UnitTest", state)).toEqual(["hw-pipeline/UnitTest", expected, description]);
  });

  it("is a success if SelfUpdate cancels its own execution", () => {
    expect(shown("SelfUpdate", "CANCELED")).toEqual([
      "hw-pipeline/SelfUpdate",
      "success",
      "Updated the pipeline, which runs the commit again",
    ]);
    expect(shown("SelfUpdate", "FAILED")[1]).toBe("failure");
  });

  it("says that it waits for an approval", () => {
    expect(shown("ConfirmPermissions", "STARTED", "Approval")).toEqual([
      "hw-pipeline/ConfirmPermissions",
      "pending",
      "Waiting for approval",
    ]);
  });

  it("is shown when a stage whose start is not shown ends", () => {
    expect(shown("Source1", "SUCCEEDED")[1]).toBe("success");
    expect(shown("ConfirmPermissions", "FAILED")[1]).toBe("failure");
  });

  it.each([
    ["the start of a stage that begins with an approval", event("ConfirmPermissions", "STARTED")],
    ["the end of an approval, which its stage has too", event("ManualApproval", "SUCCEEDED", "Approval")],
    ["another action", event("UnitTest", "STARTED", "Build")],
    [
      "an action without a category",
      { ...event("UnitTest", "STARTED"), "detail-type": "CodePipeline Action Execution State Change" },
    ],
    ["a stage that is being stopped", event("UnitTest", "STOPPING")],
    [
      "another kind of event",
      { ...event("UnitTest", "STARTED"), "detail-type": "CodeBuild Build State Change" },
    ],
  ])("does not change with %s", (_, change) => {
    expect(statusOf(change, ["Source1", "ConfirmPermissions"])).toBeUndefined();
  });

  it.each([
    ["aws", "console.aws.amazon.com"],
    ["aws-us-gov", "console.amazonaws-us-gov.com"],
  ])("links to the execution in the console of the partition %s", (partition, domain) => {
    expect(statusOf(event("UnitTest", "FAILED", undefined, partition), [])?.url).toBe(
      `https://eu-west-1.${domain}/codesuite/codepipeline/pipelines/hw-pipeline/executions/e-1/timeline?region=eu-west-1`,
    );
  });
});

describe("the function", () => {
  let aws: AwsStandIn;
  let gitHub: { url: string; server: Server };
  let requests: { path: string; token: string; body: unknown }[];
  let answer: number;
  let secret: object;
  let revisions: object[] | undefined;
  const before = { ...process.env };

  beforeAll(async () => {
    aws = await awsOfThisProcess();
    aws.answer = ({ operation }) =>
      operation === "GetSecretValue"
        ? { body: { SecretString: JSON.stringify(secret) } }
        : { body: { pipelineExecution: { artifactRevisions: revisions } } };
    gitHub = await serve((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      request.on("end", () => {
        requests.push({
          path: request.url!,
          token: request.headers.authorization!,
          body: JSON.parse(text) as unknown,
        });
        response.writeHead(answer).end('{"message":"No"}');
      });
    });
    Object.assign(process.env, {
      GITHUB_BASE_URL: gitHub.url,
      REPOSITORY: "acme/heavy-water",
      QUICK_STAGES: "Source1",
    });
  });
  beforeEach(() => {
    requests = [];
    aws.calls.length = 0;
    [answer, revisions] = [201, [{ revisionId: COMMIT }]];
    secret = { githubAccessToken: "ghp_x" };
  });
  afterAll(() => {
    process.env = before;
    gitHub.server.close();
    aws.stop();
  });

  it("sets the status of the execution's commit with the token of the secret", async () => {
    await handler(event("UnitTest", "SUCCEEDED"));
    expect(aws.calls.map(({ operation, input }) => [operation, input])).toEqual([
      ["GetPipelineExecution", { pipelineName: "hw-pipeline", pipelineExecutionId: "e-1" }],
      ["GetSecretValue", { SecretId: "PIPELINE_GITHUB" }],
    ]);
    expect(requests).toMatchObject([
      {
        path: `/api/v3/repos/acme/heavy-water/statuses/${COMMIT}`,
        token: "Bearer ghp_x",
        body: { context: "hw-pipeline/UnitTest", state: "success", description: "Succeeded" },
      },
    ]);
  });

  it("asks nothing for an event that changes no status", async () => {
    await handler(event("Source1", "STARTED"));
    expect(aws.calls).toEqual([]);
  });

  it.each([[[]], [undefined]])("sets nothing where the execution has no commit: %j", async (none) => {
    revisions = none;
    await handler(event("Source1", "FAILED"));
    expect(requests).toEqual([]);
  });

  it("reads whether an action is an approval from the event", async () => {
    await handler(event("ManualApproval", "STARTED", "Approval"));
    expect(requests).toMatchObject([{ body: { state: "pending", description: "Waiting for approval" } }]);
  });

  it("fails with the reason if GitHub refuses the token", async () => {
    answer = 401;
    await expect(handler(event("UnitTest", "FAILED"))).rejects.toThrow(/\(401, No\).*expired/);
    answer = 403;
    await expect(handler(event("UnitTest", "FAILED"))).rejects.toThrow(/Commit statuses \(write\)/);
  });

  it("says what to do if the secret has no token", async () => {
    secret = {};
    await expect(handler(event("UnitTest", "FAILED"))).rejects.toThrow(
      /^The secret PIPELINE_GITHUB has no githubAccessToken.*pipeline_commit_status=false/,
    );
    expect(requests).toEqual([]);
  });

  it("refuses an event without a stage", async () => {
    await expect(handler({ detail: {} })).rejects.toThrow(/stage/);
    expect(aws.calls).toEqual([]);
  });
});
