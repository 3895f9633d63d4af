import { StopPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { GetAliasCommand, GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { setTimeout as pause } from "node:timers/promises";
import type { ActionChange } from "../../rehearsal/src/aws/state-change";
import { outputVariables } from "../../rehearsal/src/watch";
import { failures, firstOf, Load, percentile, type Answer } from "./load";
import { Harness, type Run } from "./harness";
import { leaveOutDev } from "./quick-builds";
import { runDiff } from "./pull-request";
import { Subscriber } from "./subscriber";
import { restore } from "./saved-world/restore";

/** A pipeline, and production under constant load while one commit follows another. */
jest.setTimeout(30 * 60_000);

/** Requests per second, and the minimum number of requests in each test: more than ten thousand in all of them. */
const RATE = 20;
const REQUESTS = 2_000;

const app = "lambda-src/api/app.ts";
const lambda = "lambda-src/api/lambda.ts";
const recorder = "lambda-src/record-object/handler.ts";

let harness: Harness;
let load: Load | undefined;
let subscriber: Subscriber | undefined;
let url: string;
/** The commits that were live. The last one is. */
const liveCommits: string[] = [];

beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped", { pipeline_manual_approval: "false" });
  leaveOutDev(harness.session.workstation.clone);
  // VerifyProd gives up sooner. A document is processed in a second here.
  harness.edit("tasks/releases/verification.ts", (text) =>
    text.replace("processed: 5 * 60_000", "processed: 60_000"),
  );
  // On a busy machine single requests take longer than a second, and few are enough for the percentile of a new version.
  harness.edit("stacks/constructs/release-alarms.ts", (text) =>
    text.replace("threshold: 1500", "threshold: 4000"),
  );
  await harness.commit("Leave dev out");
  await harness.session.workstation.bootstrap();
  const commit = await harness.push();
  const [first] = await harness.ended(commit);
  // There is no version yet from which traffic could move.
  expect(first).toMatchObject({
    status: "Succeeded",
    stages: { ReleaseApi: "Skipped", ReleaseRecordObject: "Skipped" },
  });
  liveCommits.push(commit);
  const { session } = harness;
  const outputs = await outputVariables(session.aws, session.pipeline, first!.id, "DeployOnProd");
  url = outputs.API_URL!;
  load = new Load(url, RATE);
  const topic = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";
  subscriber = await Subscriber.to(new SNSClient(harness.client), topic);
});

afterAll(async () => {
  await load?.stop();
  subscriber?.end();
  await harness?.stop();
});

/** Pushes a change of the API. @returns its commit */
function push(subject: string, file: string, change: (text: string) => string): Promise<string> {
  harness.edit(file, change);
  return harness.push(subject);
}

/** Does something, and waits until enough requests were sent since its start. No request is allowed to fail. */
async function underLoad(work: () => Promise<unknown>): Promise<Answer[]> {
  const before = load!.answers.length;
  await work();
  const answers = await load!.since(before, REQUESTS);
  expect(failures(answers)).toEqual({});
  return answers;
}

/** Returns the commit that the API's alias points to, and the weights of other versions. */
async function alias() {
  const client = new LambdaClient(harness.client);
  const FunctionName = "hw-prod-api";
  const { FunctionVersion, RoutingConfig } = await client.send(
    new GetAliasCommand({ FunctionName, Name: "live" }),
  );
  const { Environment } = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName, Qualifier: FunctionVersion }),
  );
  return { commit: Environment?.Variables?.COMMIT, weights: RoutingConfig?.AdditionalVersionWeights };
}

async function expectLive(commit: string | undefined): Promise<void> {
  expect(await alias()).toEqual({ commit, weights: undefined });
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ commit });
}

/** Returns the error message of the action that failed. */
function failure({ id }: Run): string | undefined {
  const failed = harness.changes.find(
    (change): change is ActionChange =>
      change.kind === "action" && change.executionId === id && change.state === "FAILED",
  );
  return failed?.error?.message;
}

/** Pushes a version that fails its smoke test. It gets no traffic, and the build reports the reason. */
async function expectNoTraffic(answer: string, reason: RegExp): Promise<void> {
  const commit = await push("Fail the smoke test", lambda, (before) =>
    before.replace("return await answer(", `${answer};\n      return await answer(`),
  );
  const [run] = await harness.ended(commit);
  expect(run).toMatchObject({ status: "Failed", stages: { DeployOnProd: "Failed" } });
  expect(await harness.log(run!)).toMatch(reason);
  await expectLive(liveCommits.at(-1));
  harness.edit(lambda, (before) => before.replace(`${answer};\n      `, ""));
  expect(load!.answers.filter((one) => one.commit === commit)).toEqual([]);
}

describe("production", () => {
  it("moves a tenth of the traffic to a healthy version, and then everything", async () => {
    const before = liveCommits.at(-1);
    let commit = "";
    let weights: unknown;
    const answers = await underLoad(async () => {
      commit = await push("Say it shorter", app, (all) => all.replace("on our side", "here"));
      weights = await shiftedTraffic(commit);
      const [run] = await harness.ended(commit);
      expect(run).toMatchObject({
        status: "Succeeded",
        stages: { ReleaseApi: "Succeeded", ReleaseRecordObject: "Skipped" },
      });
      liveCommits.push(commit);
      await expectLive(commit);
    });
    expect(Object.values(weights as object)).toEqual([0.1]);
    expect(new Set(answers.map((one) => one.commit))).toEqual(new Set([before, commit]));
    console.log(
      `First response of the version: ${firstOf(answers, commit)} ms, p50: ${percentile(answers, 50)} ms, p99: ${percentile(answers, 99)} ms`,
    );
  });

  /** Waits until a part of the traffic goes to a commit's version. @returns the weights of the alias */
  async function shiftedTraffic(commit: string) {
    const isEntered = ([run]: Run[]) => run?.stages.ReleaseApi !== undefined;
    await harness.until(commit, "ReleaseApi is entered", isEntered);
    return harness.eventually("traffic shifts", async () => (await alias()).weights);
  }

  it("rolls a slow version back when its alarm fires, and sends no traffic to one that throws", async () => {
    await underLoad(async () => {
      const wait = "await new Promise((done) => setTimeout(done, 5000));\n      ";
      const commit = await push("Take five seconds", lambda, (all) =>
        all.replace("return await answer(", `${wait}return await answer(`),
      );
      const [run] = await harness.ended(commit);
      expect(run).toMatchObject({ status: "Failed", stages: { ReleaseApi: "Failed" } });
      expect(failure(run!)).toMatch(
        /^Version \d+ of hw-prod-api was rolled back to version \d+: the alarm hw-prod-api-latency fired\./,
      );
      // The rule notifies of every failed execution.
      expect(await subscriber!.message((message) => message.includes(run!.id))).toContain(
        '"state": "FAILED"',
      );
      expect(load!.answers.some((one) => one.commit === commit)).toBe(true);
      await expectLive(liveCommits.at(-1));
      harness.edit(lambda, (all) => all.replace(wait, ""));
      await expectNoTraffic(
        'throw new Error("Not ready.")',
        /tested with GET \/health, it fails with .*Not ready\./,
      );
    });
  });

  it("returns to the previous version when a rollout is stopped, and sends no traffic to one that hangs", async () => {
    await underLoad(async () => {
      const commit = await push("Say it as before", app, (all) =>
        all.replace("went wrong here", "went wrong on our side"),
      );
      await shiftedTraffic(commit);
      const [{ id: pipelineExecutionId } = { id: "" }] = await harness.runs(commit);
      await harness.codepipeline.send(
        new StopPipelineExecutionCommand({
          pipelineName: harness.session.pipeline,
          pipelineExecutionId,
          abandon: true,
          reason: "The operator has second thoughts",
        }),
      );
      expect(await harness.ended(commit)).toMatchObject([
        { status: "Stopped", stages: { ReleaseApi: "Stopped" } },
      ]);
      await harness.eventually("no traffic is shifted", async () => !(await alias()).weights);
      await expectLive(liveCommits.at(-1));
      await expectNoTraffic("await new Promise(() => {})", /timed out after 25/i);
    });
  });

  it("has a new route after the release, and sends no traffic to a version that responds with 500", async () => {
    await underLoad(async () => {
      expect((await fetch(`${url}/new`)).status).toBe(404);
      const commit = await push("Add a route", app, (all) =>
        all.replace("  app.notFound(", '  app.get("/new", (c) => c.text("new"));\n  app.notFound('),
      );
      expect(await harness.ended(commit)).toMatchObject([{ status: "Succeeded" }]);
      liveCommits.push(commit);
      await expectLive(commit);
      expect((await fetch(`${url}/new`)).status).toBe(200);
      await expectNoTraffic(
        'return { statusCode: 500, body: "broken", isBase64Encoded: false }',
        /tested with GET \/health, it answers 500: broken/,
      );
    });
  });

  /** Requests a path of production ten times per second while something is done. */
  async function whileRequested(path: string, work: () => Promise<void>): Promise<void> {
    const done = new AbortController();
    const requests = (async () => {
      while (!done.signal.aborted) {
        await Promise.all([fetch(`${url}${path}`), pause(100)]);
      }
    })();
    try {
      await work();
    } finally {
      done.abort();
      await requests;
    }
  }

  it("releases a fix while the live version responds with 5xx, and rolls a new one back that does", async () => {
    const broken = `if (event.rawPath === "/broken") return { statusCode: 500, isBase64Encoded: false, body: "" };\n      `;
    const breakIt = (all: string) => all.replace("return await answer(", `${broken}return await answer(`);
    await underLoad(async () => {
      // As long as there are no requests for that path, the release succeeds.
      const bad = await push("Break a path", lambda, breakIt);
      expect(await harness.ended(bad)).toMatchObject([{ status: "Succeeded" }]);
      liveCommits.push(bad);
      await expectLive(bad);
      await whileRequested("/broken", async () => {
        const fix = await push("Fix it", lambda, (all) => all.replace(broken, ""));
        const [fixed] = await harness.ended(fix);
        expect([fixed?.status, failure(fixed!)]).toEqual(["Succeeded", undefined]);
        liveCommits.push(fix);
        await expectLive(fix);
        expect((await fetch(`${url}/broken`)).status).toBe(404);

        const [again] = await harness.ended(await push("Break it again", lambda, breakIt));
        expect(again).toMatchObject({ status: "Failed", stages: { ReleaseApi: "Failed" } });
        expect(failure(again!)).toMatch(/was rolled back to version \d+: the alarm hw-prod-api-5xx fired\./);
        await expectLive(fix);
      });
      harness.edit(lambda, (all) => all.replace(broken, ""));
    });
  });

  it("rolls both functions back when a document is not processed, and notifies the topic", async () => {
    const loop = "for (const change of readEvent(event)) {";
    await underLoad(async () => {
      const before = await versions();
      harness.edit(recorder, (all) => all.replace(loop, `${loop}\n    if (change) continue;`));
      const commit = await harness.push("Process no document");
      const [run] = await harness.ended(commit);
      expect(run).toMatchObject({
        status: "Failed",
        stages: { ReleaseApi: "Succeeded", ReleaseRecordObject: "Succeeded", VerifyProd: "Failed" },
      });
      const log = await harness.log(run!);
      expect(log).toMatch(/Production does not work: GET .*\/metadata answered 404: .*not_processed/);
      for (const [name, version] of Object.entries(before))
        expect(log).toMatch(new RegExp(`${name}: version \\d+ -> ${version}\\b`));
      expect(await versions()).toEqual(before);
      await expectLive(liveCommits.at(-1));
      await subscriber!.message((message) => message.includes('"AlarmName": "hw-VerifyProd-failed"'));
      expect(await (await fetch(`${url}/documents`)).json()).toEqual({ documents: [] });
      harness.edit(recorder, (all) => all.replace("\n    if (change) continue;", ""));
    });
  });

  /** Returns the live version of each function. */
  async function versions() {
    const client = new LambdaClient(harness.client);
    const all = ["hw-prod-api", "hw-prod-record-object"].map(async (FunctionName) => {
      const { FunctionVersion } = await client.send(new GetAliasCommand({ FunctionName, Name: "live" }));
      return [FunctionName, FunctionVersion];
    });
    return Object.fromEntries(await Promise.all(all)) as Record<string, string>;
  }

  it("returns to an earlier commit by npm run rollback, without a build", async () => {
    const [first = "", ...later] = liveCommits;
    const builds = () => harness.changes.filter(({ kind }) => kind === "build").length;
    const before = builds();
    const listed = await harness.npm("rollback");
    for (const commit of liveCommits) expect(listed.output).toContain(commit);
    expect(listed.output).toMatch(new RegExp(`${later.at(-1)} .*\\(live\\)`));

    const refused = await harness.npm("rollback", [first], "no\n");
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringContaining("Nothing was changed") as string,
    });
    await expectLive(later.at(-1));

    const done = await harness.npm("rollback", [first], `${first.slice(0, 9)}\n`);
    expect(done).toMatchObject({
      code: 0,
      output: expect.stringContaining("hw-prod-api: version") as string,
    });
    await expectLive(first);
    expect(builds()).toBe(before);
    await load!.stop();

    // The last deployed commit is the clone's commit.
    const { workstation } = harness.session;
    await workstation.git("checkout", "--quiet", ".");
    const environment = {
      ...workstation.environment(),
      CODEBUILD_RESOLVED_SOURCE_VERSION: await workstation.head(),
    };
    const output = await runDiff(workstation.clone, environment, harness.client.credentials);
    const summary = output.slice(output.lastIndexOf("Summary"));
    for (const stack of ["pipeline", "service-prod", "state"]) {
      expect(summary).toMatch(new RegExp(`${stack} +No changes\\.`));
    }
  });

  it("has answered every request", () => {
    console.log(`${load!.answers.length} requests`);
    expect(failures(load!.answers)).toEqual({});
  });
});
