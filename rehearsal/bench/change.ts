/**
 * Measures a change of the API in a rehearsal that stays up, from the push until production has it: `npm run bench --
 * change`. Approves as soon as it is asked. Prints the seconds as JSON.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
} from "@aws-sdk/client-codepipeline";
import { end, start } from "../src/processes";

const root = join(__dirname, "../..");
const sessionFile = join(root, ".rehearsal/session.json");

/** What is read of session.json. */
interface Session {
  readonly pid: number;
  readonly gitUrl: string;
  readonly githubToken: string;
  readonly awsEndpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pipeline: string;
}

async function main(): Promise<void> {
  const rehearsal = start("npm", ["run", "rehearse", "--", "--keep"], {
    cwd: root,
    // Standard output is for the figures.
    stdio: ["ignore", process.stderr, process.stderr],
  });
  try {
    const session = await kept(rehearsal);
    const from = Date.now();
    const commit = push(session);
    await delivered(session, commit);
    console.log(JSON.stringify({ seconds: (Date.now() - from) / 1000 }));
  } finally {
    await end(rehearsal);
  }
}

/** Waits until the rehearsal keeps running, with its endpoints in session.json. */
async function kept(rehearsal: ReturnType<typeof start>): Promise<Session> {
  for (;;) {
    if (rehearsal.exitCode !== null)
      throw new Error(`npm run rehearse -- --keep ended with ${rehearsal.exitCode}; its output is above.`);
    if (existsSync(sessionFile)) {
      const session = JSON.parse(readFileSync(sessionFile, "utf8")) as Session;
      if (existsSync(workstation(session))) return session;
    }
    await pause(500);
  }
}

function workstation({ pid }: Session): string {
  return join(root, `.rehearsal/session-${pid}/workstation`);
}

/** Pushes a change of the API from the rehearsal's clone. Returns the commit. */
function push(session: Session): string {
  const cwd = workstation(session);
  const file = join(cwd, "lambda-src/api/routes.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace('title: "', 'title: "Heavy Water: '));
  const git = (...args: string[]) => execFileSync("git", args, { cwd, encoding: "utf8" }).trim();
  const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  git(...author, "commit", "--quiet", "--all", "-m", "Say in the title whose API it is");
  const url = session.gitUrl.replace("http://", `http://x:${session.githubToken}@`);
  git("push", "--quiet", url, "HEAD:main");
  return git("rev-parse", "HEAD");
}

/** Waits until the execution of a commit has succeeded, and approves what it asks. */
async function delivered(session: Session, commit: string): Promise<void> {
  const { awsEndpoint: endpoint, region, accessKeyId, secretAccessKey, pipeline: name } = session;
  const codepipeline = new CodePipelineClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
  });
  for (;;) {
    const { pipelineExecutionSummaries = [] } = await codepipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName: name }),
    );
    const execution = pipelineExecutionSummaries.find(({ sourceRevisions }) =>
      sourceRevisions?.some(({ revisionId }) => revisionId === commit),
    );
    if (execution?.status === "Succeeded") return;
    if (execution && !["InProgress", "Stopping"].includes(execution.status ?? ""))
      throw new Error(`The execution of ${commit} ended as ${execution.status}.`);
    await approve(codepipeline, name);
    await pause(200);
  }
}

async function approve(codepipeline: CodePipelineClient, pipelineName: string): Promise<void> {
  const { stageStates = [] } = await codepipeline.send(new GetPipelineStateCommand({ name: pipelineName }));
  for (const { stageName, actionStates = [] } of stageStates) {
    for (const { actionName, latestExecution } of actionStates) {
      const { token, status } = latestExecution ?? {};
      if (token === undefined || status !== "InProgress") continue;
      await codepipeline.send(
        new PutApprovalResultCommand({
          pipelineName,
          stageName,
          actionName,
          token,
          result: { status: "Approved", summary: "npm run bench" },
        }),
      );
    }
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
