import { StopPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { GetAliasCommand, GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { ActionChange } from "../../rehearsal/src/aws/state-change";
import { outputVariables } from "../../rehearsal/src/watch";
import { failures, firstOf, Load, percentile, type Answer } from "./load";
import { PipelineRuns, type Run } from "./pipeline-runs";
import { leaveOutDev } from "./quick-builds";
import { runDiff } from "./pull-request";
import { Subscriber } from "./subscriber";

/** One pipeline, and production that is asked all the time while one commit comes after the other. */
jest.setTimeout(15 * 60_000);

/** Requests a second, and how many of them at least are part of each test. */
const RATE = 50;
const REQUESTS = 10_000;

const app = "lambda-src/api/app.ts";
const lambda = "lambda-src/api/lambda.ts";

let runs: PipelineRuns;
let load: Load | undefined;
let subscriber: Subscriber | undefined;
let url: string;
/** The commits that were live, the last one is. */
const lives: string[] = [];

beforeAll(async () => {
  runs = await PipelineRuns.restored("bootstrapped", { pipeline_manual_approval: "false" });
  leaveOutDev(runs.session.workstation.clone);
  await runs.commit("Leave dev out");
  await runs.session.workstation.bootstrap();
  const commit = await runs.push();
  const [first] = await over(commit);
  // There is nothing yet to move traffic from.
  expect(first).toMatchObject({
    status: "Succeeded",
    stages: { ReleaseApi: "Skipped", ReleaseRecordObject: "Skipped" },
  });
  lives.push(commit);
  const { session } = runs;
  const outputs = await outputVariables(session.aws, session.pipeline, first!.id, "DeployOnProd");
  url = outputs.API_URL!;
  load = new Load(url, RATE);
  const topic = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";
  subscriber = await Subscriber.to(new SNSClient(runs.client), topic);
});

afterAll(async () => {
  await load?.stop();
  subscriber?.end();
  await runs?.stop();
});

/** Pushes a change of the API. @returns its commit */
function push(subject: string, file: string, change: (text: string) => string): Promise<string> {
  runs.edit(file, change);
  return runs.push(subject);
}

/** Waits until the run of a commit is over. */
function over(commit: string): Promise<Run[]> {
  return runs.until(commit, ([run]) => run !== undefined && !/InProgress|Stopping/.test(run.status));
}

/** Does something, and waits until production was asked often enough since it began. No request may fail. */
async function whileAsked(work: () => Promise<unknown>): Promise<Answer[]> {
  const before = load!.answers.length;
  await work();
  const answers = await load!.since(before, REQUESTS);
  expect(failures(answers)).toEqual({});
  return answers;
}

/** The commit that the API's alias leads to, and what share goes elsewhere. */
async function alias() {
  const client = new LambdaClient(runs.client);
  const FunctionName = "hw-prod-api";
  const { FunctionVersion, RoutingConfig } = await client.send(
    new GetAliasCommand({ FunctionName, Name: "live" }),
  );
  const { Environment } = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName, Qualifier: FunctionVersion }),
  );
  return { commit: Environment?.Variables?.COMMIT, share: RoutingConfig?.AdditionalVersionWeights };
}

async function isLive(commit: string | undefined): Promise<void> {
  expect(await alias()).toEqual({ commit, share: undefined });
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ commit });
}

/** What the run's action says that failed. */
function failure({ id }: Run): string | undefined {
  const failed = runs.changes.find(
    (change): change is ActionChange =>
      change.kind === "action" && change.executionId === id && change.state === "FAILED",
  );
  return failed?.error?.message;
}

/** Pushes a version that does no good. It gets no traffic, and the build says why. */
async function isKeptOut(answer: string, reason: RegExp): Promise<void> {
  const commit = await push("Do no good", lambda, (before) =>
    before.replace("return await answer(", `${answer};\n      return await answer(`),
  );
  const [run] = await over(commit);
  expect(run).toMatchObject({ status: "Failed", stages: { DeployOnProd: "Failed" } });
  expect(await runs.log(run!)).toMatch(reason);
  await isLive(lives.at(-1));
  runs.edit(lambda, (before) => before.replace(`${answer};\n      `, ""));
  expect(load!.answers.filter((one) => one.commit === commit)).toEqual([]);
}

it("a good version gets a tenth of the traffic, and then all of it", async () => {
  const before = lives.at(-1);
  let commit = "";
  let share: unknown;
  const answers = await whileAsked(async () => {
    commit = await push("Change nothing", app, (all) => `${all}\n`);
    share = await divided(commit);
    const [run] = await over(commit);
    expect(run).toMatchObject({
      status: "Succeeded",
      stages: { ReleaseApi: "Succeeded", ReleaseRecordObject: "Skipped" },
    });
    lives.push(commit);
    await isLive(commit);
  });
  expect(Object.values(share as object)).toEqual([0.1]);
  expect(new Set(answers.map((one) => one.commit))).toEqual(new Set([before, commit]));
  console.log(
    `The first answer of a version took ${firstOf(answers, commit)} ms, half of all ${percentile(answers, 50)} ms and 99 % ${percentile(answers, 99)} ms at most.`,
  );
});

/** Waits until a share of the traffic goes to a commit's version. @returns the share */
async function divided(commit: string) {
  await runs.until(commit, ([run]) => run?.stages.ReleaseApi !== undefined);
  for (;;) {
    const { share } = await alias();
    if (share) return share;
    await pause(50);
  }
}

it("a slow version is taken back when its alarm goes off, and one that throws gets no traffic", async () => {
  await whileAsked(async () => {
    const wait = "await new Promise((done) => setTimeout(done, 2000));\n      ";
    const commit = await push("Take two seconds", lambda, (all) =>
      all.replace("return await answer(", `${wait}return await answer(`),
    );
    const [run] = await over(commit);
    expect(run).toMatchObject({ status: "Failed", stages: { ReleaseApi: "Failed" } });
    expect(failure(run!)).toMatch(
      /^Version \d+ of hw-prod-api was rolled back to version \d+: the alarm hw-prod-api-latency fired\./,
    );
    // The rule notifies of the execution, whatever it failed by.
    expect(await subscriber!.message((message) => message.includes(run!.id))).toContain('"state": "FAILED"');
    expect(load!.answers.some((one) => one.commit === commit)).toBe(true);
    await isLive(lives.at(-1));
    runs.edit(lambda, (all) => all.replace(wait, ""));
    await isKeptOut('throw new Error("Not ready.")', /tried with GET \/health, it fails with .*Not ready\./);
  });
});

it("a rollout that is stopped leaves all traffic where it was, and a version that hangs gets none", async () => {
  await whileAsked(async () => {
    const commit = await push("Change nothing again", app, (all) => `${all}\n`);
    await divided(commit);
    const [{ id: pipelineExecutionId } = { id: "" }] = await runs.of(commit);
    await runs.codepipeline.send(
      new StopPipelineExecutionCommand({
        pipelineName: runs.session.pipeline,
        pipelineExecutionId,
        abandon: true,
        reason: "Somebody has second thoughts",
      }),
    );
    expect(await over(commit)).toMatchObject([{ status: "Stopped", stages: { ReleaseApi: "Stopped" } }]);
    while ((await alias()).share) await pause(100);
    await isLive(lives.at(-1));
    await isKeptOut("await new Promise(() => {})", /timed out after 25/i);
  });
});

it("a new route is there once all traffic has moved, and a version that answers 500 gets none", async () => {
  await whileAsked(async () => {
    expect((await fetch(`${url}/new`)).status).toBe(404);
    const commit = await push("Add a route", app, (all) =>
      all.replace("  app.notFound(", '  app.get("/new", (c) => c.text("new"));\n  app.notFound('),
    );
    expect(await over(commit)).toMatchObject([{ status: "Succeeded" }]);
    lives.push(commit);
    await isLive(commit);
    expect((await fetch(`${url}/new`)).status).toBe(200);
    await isKeptOut(
      'return { statusCode: 500, body: "broken", isBase64Encoded: false }',
      /tried with GET \/health, it answers 500: broken/,
    );
  });
});

/** Asks production for a path all the time, ten times a second, while something is done. */
async function whileAskedFor(path: string, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      await Promise.all([fetch(`${url}${path}`), pause(100)]);
    }
  })();
  try {
    await work();
  } finally {
    over.abort();
    await asking;
  }
}

it("a live version that answers 5xx does not stop its repair, and a new one that does is rolled back", async () => {
  const broken = `if (event.rawPath === "/broken") return { statusCode: 500, isBase64Encoded: false, body: "" };\n      `;
  const breakIt = (all: string) => all.replace("return await answer(", `${broken}return await answer(`);
  await whileAsked(async () => {
    // While nobody asks for that path, it passes its release.
    const bad = await push("Break a path", lambda, breakIt);
    expect(await over(bad)).toMatchObject([{ status: "Succeeded" }]);
    lives.push(bad);
    await isLive(bad);
    await whileAskedFor("/broken", async () => {
      const repair = await push("Repair it", lambda, (all) => all.replace(broken, ""));
      const [repaired] = await over(repair);
      expect([repaired?.status, failure(repaired!)]).toEqual(["Succeeded", undefined]);
      lives.push(repair);
      await isLive(repair);
      expect((await fetch(`${url}/broken`)).status).toBe(404);

      const [again] = await over(await push("Break it again", lambda, breakIt));
      expect(again).toMatchObject({ status: "Failed", stages: { ReleaseApi: "Failed" } });
      expect(failure(again!)).toMatch(/was rolled back to version \d+: the alarm hw-prod-api-5xx fired\./);
      await isLive(repair);
    });
    runs.edit(lambda, (all) => all.replace(broken, ""));
  });
});

/** Runs `npm run rollback` in the clone, and types what it is to be answered. */
async function rollback(args: readonly string[], typed = ""): Promise<{ code: number; output: string }> {
  const { workstation } = runs.session;
  const child = spawn("npm", ["run", "--silent", "rollback", "--", ...args], {
    cwd: workstation.clone,
    env: workstation.environment(),
  });
  child.stdin.end(typed);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  return { code, output: (await said).join("") };
}

it("npm run rollback returns to an earlier commit, without a build", async () => {
  const [first = "", ...later] = lives;
  const builds = () => runs.changes.filter(({ kind }) => kind === "build").length;
  const before = builds();
  const listed = await rollback([]);
  for (const commit of lives) expect(listed.output).toContain(commit);
  expect(listed.output).toMatch(new RegExp(`${later.at(-1)} .*\\(live\\)`));

  const refused = await rollback([first], "no\n");
  expect(refused).toMatchObject({
    code: 1,
    output: expect.stringContaining("Nothing was changed") as string,
  });
  await isLive(later.at(-1));

  const done = await rollback([first], `${first.slice(0, 9)}\n`);
  expect(done).toMatchObject({ code: 0, output: expect.stringContaining("hw-prod-api: version") as string });
  await isLive(first);
  expect(builds()).toBe(before);
  await load!.stop();

  // What was deployed last is what was committed last.
  const { workstation } = runs.session;
  await workstation.git("checkout", "--quiet", ".");
  const environment = {
    ...workstation.environment(),
    CODEBUILD_RESOLVED_SOURCE_VERSION: await workstation.head(),
  };
  const said = await runDiff(workstation.clone, environment, runs.client.credentials);
  const summary = said.slice(said.lastIndexOf("Summary"));
  for (const stack of ["pipeline", "service-prod", "state"]) {
    expect(summary).toMatch(new RegExp(`${stack} +No changes\\.`));
  }
});

it("no request of all has failed", () => {
  console.log(`${load!.answers.length} requests`);
  expect(failures(load!.answers)).toEqual({});
});
