import { BatchGetBuildsCommand, CodeBuildClient, type Build } from "@aws-sdk/client-codebuild";
import { readFile } from "node:fs/promises";
import type { Harness } from "./harness";

/** Requests what the schedule of the rule does. */
export function requestDriftBuild({ client }: Harness): Promise<Response> {
  return fetch(`${client.endpoint}/_rehearsal/rules/run`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ Rule: "hw-pipeline-drift" }),
  });
}

/** Runs the rule that starts CheckDrift, and waits for the end of the build. @returns its status and its log */
export async function runDriftRule(harness: Harness): Promise<{ status: Build["buildStatus"]; log: string }> {
  const answer = await requestDriftBuild(harness);
  const { Builds: [started, ...others] = [] } = (await answer.json()) as { Builds?: Build[] };
  expect([answer.status, others]).toEqual([200, []]);
  const codebuild = new CodeBuildClient(harness.client);
  const build = await harness.eventually("the comparison ends", async () => {
    const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids: [started!.id!] }));
    return builds.find(({ buildComplete }) => buildComplete);
  });
  const log = await readFile(harness.session.aws.codebuild.logFile(build.id!), "utf8");
  return { status: build.buildStatus, log };
}
