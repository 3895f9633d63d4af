import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import type { Server } from "node:http";
import { GitHubApi } from "../../../tasks/github/api";
import { startMissedPush } from "../../../tasks/github/missed-push";
import { serve } from "../../support/http";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const HEAD = "a".repeat(40);

let gitHub: { server: Server; url: string };
let branch: { status: number; body: unknown };
let asked: (string | undefined)[];
let commitsSince: jest.Mock<Promise<number>, [string]>;
let aws: AwsStandIn;
beforeAll(async () => {
  aws = await awsOfThisProcess();
  gitHub = await serve((request, response) => {
    asked.push(request.url);
    response.writeHead(branch.status).end(JSON.stringify(branch.body));
  });
});
afterAll(() => {
  gitHub.server.close();
  aws.stop();
});
beforeEach(() => {
  asked = [];
  commitsSince = jest.fn((_commit: string) => Promise.resolve(0));
  aws.calls.length = 0;
  branch = { status: 200, body: { commit: { sha: HEAD } } };
});

/** @param newest the newest execution, if there is one */
async function start(
  newest?: { status: string; revisionId?: string; revisions?: [] },
  again?: boolean,
  changes: Record<string, string> = {},
) {
  aws.answer = () => ({
    body: {
      pipelineExecutionSummaries: newest && [
        {
          status: newest.status,
          sourceRevisions:
            newest.revisions ??
            (newest.revisionId && [{ actionName: "Source1", revisionId: newest.revisionId }]),
        },
      ],
    },
  });
  const settings = settingsWith({ pipeline_githubBranch: "release/1.0", ...changes });
  const said = await startMissedPush(
    new CodePipelineClient(),
    new GitHubApi("t", gitHub.url),
    settings,
    commitsSince,
    again,
  );
  for (const { operation, input } of aws.calls)
    if (operation === "ListPipelineExecutions")
      expect(input).toEqual({ pipelineName: "hw-pipeline", maxResults: 1 });
  const started = aws.calls.filter(({ operation }) => operation === "StartPipelineExecution");
  expect(said === undefined).toBe(started.length === 0);
  for (const { input } of started) expect(input).toMatchObject({ name: "hw-pipeline" });
  return said;
}

it.each([
  ["is of an older commit", { status: "Succeeded", revisionId: "b".repeat(40) }],
  ["is of an older commit and still runs", { status: "InProgress", revisionId: "b".repeat(40) }],
  ["was cancelled, because the pipeline was updated", { status: "Cancelled", revisionId: HEAD }],
  ["failed before it had a commit", { status: "Failed" }],
  ["failed before it had a revision", { status: "Failed", revisions: [] as [] }],
])("startMissedPush starts the pipeline if its newest execution %s", async (_, newest) => {
  expect(await start(newest)).toBe(
    `hw-pipeline had not taken ${HEAD}, the newest commit of release/1.0: started it.`,
  );
  expect(asked).toEqual(["/api/v3/repos/acme/heavy-water/branches/release/1.0"]);
});

it.each([
  ["has the newest commit", { status: "InProgress", revisionId: HEAD }],
  ["has failed with the newest commit", { status: "Failed", revisionId: HEAD }],
  ["has yet to look for a commit", { status: "InProgress" }],
  ["is not there yet", undefined],
])("startMissedPush starts nothing if the newest execution %s", async (_, newest) => {
  expect(await start(newest)).toBeUndefined();
});

it("startMissedPush starts the pipeline again if a release waited for this bootstrap", async () => {
  expect(await start({ status: "Succeeded", revisionId: HEAD }, true)).toBe(
    "Started hw-pipeline again, to release what waited for this bootstrap.",
  );
});

describe("startMissedPush with ignored paths", () => {
  const ignoring = { pipeline_source: "connection", pipeline_ignore_paths: "docs/**" };
  const older = { status: "Succeeded", revisionId: "b".repeat(40) };
  const started = "hw-pipeline had not taken";

  it("starts nothing if only ignored commits follow the newest execution's", async () => {
    expect(await start(older, false, ignoring)).toBeUndefined();
    expect(commitsSince).toHaveBeenCalledWith(older.revisionId);
  });

  it("starts the pipeline if another commit does, or may", async () => {
    commitsSince.mockResolvedValueOnce(1);
    expect(await start(older, false, ignoring)).toContain(started);
    commitsSince.mockRejectedValueOnce(new Error("origin does not have the commit"));
    expect(await start(older, false, ignoring)).toContain(started);
  });

  it.each([{ ...older, status: "Cancelled" }, { status: "Failed" }])(
    "starts the pipeline if its newest execution is %j",
    async (newest) => {
      expect(await start(newest, false, ignoring)).toContain(started);
    },
  );

  it("starts the pipeline again if a release waited for this bootstrap", async () => {
    expect(await start(older, true, ignoring)).toMatch(/^Started hw-pipeline again, to release/);
  });

  it("counts no commits without the setting", async () => {
    expect(await start(older)).toContain(started);
    expect(commitsSince).not.toHaveBeenCalled();
  });
});

it("startMissedPush starts nothing if the branch is not pushed yet", async () => {
  branch = { status: 404, body: {} };
  expect(await start({ status: "Failed" })).toBeUndefined();
});

it("startMissedPush names the token's missing permission if GitHub refuses", async () => {
  branch = { status: 403, body: {} };
  await expect(start()).rejects.toThrow(
    "GitHub answers 403 to a question about the branch release/1.0. The token needs the permission Contents (read); " +
      "renew it as docs/runbooks/renew-github-token.md says.",
  );
});
