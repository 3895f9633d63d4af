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
  aws.calls.length = 0;
  branch = { status: 200, body: { commit: { sha: HEAD } } };
});

/** @param newest the newest execution, if there is one */
async function start(newest?: { status: string; revisionId?: string; revisions?: [] }, again?: boolean) {
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
  const settings = settingsWith({ pipeline_githubBranch: "release/1.0" });
  const said = await startMissedPush(
    new CodePipelineClient(),
    new GitHubApi("t", gitHub.url),
    settings,
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
