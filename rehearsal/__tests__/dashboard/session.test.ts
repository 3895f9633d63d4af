import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { call, type Answer } from "../../../__tests__/support/http";
import { ACCOUNT, REGION } from "../ministack/fixture";
import { Events } from "./support/events";
import { HOOK_SECRET, PIPELINE, Stand, TOKEN } from "./support/stand";

jest.setTimeout(120_000);

const HOSTILE = `<img src=x onerror=alert(1)> & "quotes"\n\nevent: set\ndata: {"key":"alarms"}\n\n</script>`;

const PLAN = "  # aws_lambda_function.api will be <updated>\nPlan: 0 to add, 1 to change, 0 to destroy.";

interface Run {
  id: string;
  stage: string;
  name: string;
  status: string;
  build?: string;
  error?: string;
  summary?: string;
}

interface Execution {
  id: string;
  status: string;
  commit?: string;
  message?: string;
  actions: Run[];
}

interface Pipeline {
  name: string;
  stages: { name: string; status?: string; execution?: string; closed?: string; waiting: string[] }[];
}

let stand: Stand;
let own: string;
let events: Events;
/** All response bodies, to search for secrets. */
const received: string[] = [];

beforeAll(async () => {
  stand = await Stand.start();
  own = stand.page.url.slice(0, -1);
  events = new Events(`${own}/events`);
  stand.show();
  await stand.github.commit("a.txt", "a", HOSTILE);
  await stand.github.git("push", "--quiet", "origin", "main");
  await stand.deploy({ UnitTest: "<b>bold</b> first line", PlanOnProd: PLAN });
});

afterAll(async () => {
  events.close();
  await stand.stop();
});

/** The newest first. */
function executions(of = events): Execution[] {
  return [...of.state]
    .filter(([key]) => key.startsWith("execution/"))
    .map(([, value]) => value as Execution & { started: string })
    .sort((one, other) => other.started.localeCompare(one.started));
}

const pipeline = () => events.state.get(`pipeline/${PIPELINE}`) as Pipeline | undefined;
const stage = (name: string) => pipeline()?.stages.find((one) => one.name === name);
const run = (name: string, status: string, execution = 0) =>
  executions()[execution]?.actions.findLast((one) => one.name === name && one.status === status);

async function post(request: string, input: unknown): Promise<Answer & { message: string }> {
  const answer = await call(
    `${own}/pipelines/${PIPELINE}/${request}`,
    { method: "POST", headers: { Origin: own, "Content-Type": "application/json" } },
    JSON.stringify(input),
  );
  received.push(answer.body);
  return { ...answer, ...(JSON.parse(answer.body) as { message: string }) };
}

async function decide(decision: string, comment: string, waiting: Run): Promise<Answer> {
  return post("decide", {
    stage: "ManualApproval",
    action: "ManualApproval",
    run: waiting.id,
    decision,
    comment,
  });
}

describe("the page of a session", () => {
  it("reports each change of an execution, with the commit and its message unchanged", async () => {
    const { build } = await events.until(() => run("UnitTest", "InProgress"));
    expect(executions()[0]).toMatchObject({
      status: "InProgress",
      commit: await stand.github.git("rev-parse", "HEAD"),
      message: HOSTILE,
    });
    await events.until(() => stage("UnitTest")?.status === "InProgress");
    expect(stage("UnitTest")!.execution).toBe(executions()[0]!.id);
    expect(stage("IntegrationTest")!.status).toBeUndefined();

    const log = new Events(`${own}/logs/${encodeURIComponent(build!)}`);
    const lines = () =>
      log.all
        .filter(({ event }) => event === "lines")
        .flatMap(({ data }) => (JSON.parse(data) as { lines: string[] }).lines);
    // The build is still running: it waits for the test.
    await log.until(() => lines().includes("<b>bold</b> first line"));
    expect(run("UnitTest", "InProgress")).toBeDefined();
    stand.release("UnitTest");
    await log.until(() => log.all.some(({ event }) => event === "end"));
    expect(lines().at(-1)).toMatch(/^\[Container\]/);

    const whole = await call(`${own}/logs/${encodeURIComponent(build!)}/whole`);
    expect(whole.body.replace(/\n$/, "").split("\n")).toEqual(lines());
    expect(whole.headers["content-type"]).toBe("text/plain; charset=utf-8");
    received.push(whole.body);
  });

  it("sends a page that reconnects only what it missed", async () => {
    await events.until(() => run("DeployOnDev", "InProgress"));
    const last = events.all.findLast(({ id }) => id !== undefined)!.id;
    for (const step of ["DeployOnDev", "IntegrationTest", "PlanOnProd"] as const) stand.release(step);
    await events.until(() => run("ManualApproval", "InProgress"));
    const back = new Events(`${own}/events`, last);
    const fresh = new Events(`${own}/events`);
    for (const stream of [back, fresh])
      await stream.until(() => stream.all.some(({ event }) => event === "ready"));
    expect(back.all.map(({ event }) => event)).not.toContain("reset");
    expect(back.all.map(({ data }) => data).join()).not.toContain('"session"');
    const key = `pipeline/${PIPELINE}`;
    await fresh.until(() => isDeepStrictEqual(back.state.get(key), fresh.state.get(key)));
    expect(fresh.all[0]!.event).toBe("reset");
    expect(executions(fresh)).toHaveLength(1);
    back.close();
    fresh.close();
  });

  it("serves the plan for an approval, and no other artifact", async () => {
    const waiting = await events.until(() => run("ManualApproval", "InProgress"));
    const [execution] = executions();
    const plan = (...path: string[]) => call(`${own}/plans/${path.map(encodeURIComponent).join("/")}`);
    expect(waiting).toMatchObject({ plan: true });
    const answer = await plan(PIPELINE, execution!.id, waiting.id);
    expect(answer).toMatchObject({ status: 200, body: `${PLAN}\n` });
    // Text, whatever is in it: a browser that opens it runs nothing.
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    received.push(answer.body);
    const build = run("PlanOnProd", "Succeeded")!;
    expect(build).toMatchObject({ plan: false });
    expect((await plan(PIPELINE, execution!.id, build.id)).status).toBe(404);
    expect((await plan(PIPELINE, execution!.id, "another")).status).toBe(404);
  });

  it("accepts a decision once, for the run that the reviewer saw", async () => {
    const waiting = await events.until(() => run("ManualApproval", "InProgress"));
    const old = { ...waiting, id: "00000000-0000-0000-0000-000000000000" };
    expect((await decide("Approved", "", old)).status).toBe(409);
    expect((await decide("Perhaps", "", waiting)).status).toBe(400);
    expect((await decide("Approved", "x".repeat(513), waiting)).status).toBe(400);
    expect((await decide("Approved", "looks good <3", waiting)).status).toBe(200);
    expect((await decide("Approved", "again", waiting)).status).toBe(409);
    const approved = await events.until(() => run("ManualApproval", "Succeeded"));
    expect(approved.summary).toBe("looks good <3");
  });

  it("retries a failed stage, and shows its alarm and notification", async () => {
    await events.until(() => run("DeployOnProd", "InProgress"));
    stand.release("DeployOnProd", 1);
    const failed = await events.until(
      () => stage("DeployOnProd")?.status === "Failed" && run("DeployOnProd", "Failed"),
    );
    expect(failed.error).toMatch(/COMMAND_EXECUTION_ERROR/);
    const alarms = () => events.state.get("alarms") as { name: string; state: string }[];
    await events.until(() =>
      alarms().some(({ name, state }) => name === "hw-DeployOnProd-failed" && state === "ALARM"),
    );
    const messages = () => (events.state.get("messages") ?? []) as { text: string; subject?: string }[];
    const message = await events.until(() => messages().find(({ subject }) => /ALARM/.test(subject ?? "")));
    expect(message.text).toContain("hw-DeployOnProd-failed");

    stand.release("DeployOnProd", 0);
    const input = { execution: executions()[0]!.id, stage: "DeployOnProd", mode: "FAILED_ACTIONS" };
    expect((await post("retry", { ...input, stage: "UnitTest" })).status).toBe(409);
    expect((await post("retry", input)).status).toBe(200);
    await events.until(
      () => executions()[0]!.status === "Succeeded" && stage("SelfUpdate")?.status === "Skipped",
    );
    // What was skipped was never run, and says why.
    expect(stage("SelfUpdate")).toMatchObject({
      status: "Skipped",
      condition: "DIGEST of UnitTest is same",
    });
  });

  it("shows deliveries with their outcome, and executions that were started manually or stopped", async () => {
    stand.hold("UnitTest");
    const commit = await stand.push("Second");
    const deliveries = () =>
      (events.state.get("deliveries") ?? []) as { commit?: string; outcome?: string }[];
    await events.until(() => deliveries().some((one) => one.commit === commit && one.outcome === "started"));
    await events.until(() => run("UnitTest", "InProgress"));
    expect(executions()[0]!.commit).toBe(commit);

    expect((await post("start", {})).status).toBe(200);
    await events.until(() => executions().length === 3 && stage("UnitTest")!.waiting.length === 1);
    const second = executions()[1]!.id;
    expect((await post("stop", { execution: second, abandon: true, reason: "enough" })).status).toBe(200);
    await events.until(() => executions()[1]!.status === "Stopped");
    expect((await post("stop", { execution: second, abandon: true, reason: "" })).status).toBe(409);
    stand.release("UnitTest");
    const waiting = await events.until(() => run("ManualApproval", "InProgress"));
    expect((await decide("Rejected", "not today", waiting)).status).toBe(200);
    await events.until(() => executions()[0]!.status === "Failed");
    expect(run("ManualApproval", "Failed")!.error).toContain("not today");
  });

  it("refuses requests for unknown pipelines, and invalid ones", async () => {
    const elsewhere = async (path: string, body: string) =>
      call(`${own}/pipelines/${path}`, { method: "POST", headers: { Origin: own } }, body);
    expect((await elsewhere("nothing/start", "{}")).body).toContain("does not have a pipeline");
    expect((await elsewhere(`${PIPELINE}/constructor`, "{}")).status).toBe(404);
    expect((await elsewhere(`${PIPELINE}/start`, "{")).status).toBe(400);
    expect((await elsewhere("%2e%2e%2f/start", "{}")).status).toBe(409);
    for (const id of ["nothing", "..%2f..%2fetc%2fpasswd", "hw-UnitTest:0"]) {
      expect((await call(`${own}/logs/${id}/whole`)).status).toBe(404);
    }
  });

  it("shows a notification of an approval without its token", async () => {
    const sns = new SNSClient(stand.client());
    const token = "5c12d248-1234-4f0e-8f5c-theTokenItself";
    const approval = { token, approvalReviewLink: `https://console/${token}`, actionName: "ManualApproval" };
    await sns.send(
      new PublishCommand({
        TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:hw-approvals`,
        Subject: "APPROVAL NEEDED",
        Message: JSON.stringify({ approval }),
      }),
    );
    sns.destroy();
    const messages = () => (events.state.get("messages") ?? []) as { text: string; subject?: string }[];
    const message = await events.until(() => messages().find(({ subject }) => subject === "APPROVAL NEEDED"));
    expect(message.text).toContain("ManualApproval");
    expect(message.text).not.toContain(token);
  });

  it("exposes no secret", async () => {
    const all = [...received, ...events.all.map(({ data }) => data)].join("\n");
    const subscriptions = stand.aws.codepipeline
      .webhooks()
      .map(({ url }) => new URL(url).searchParams.get("t")!);
    expect(subscriptions).toHaveLength(1);
    for (const secret of [TOKEN, HOOK_SECRET, ...subscriptions, "OAuthToken", "X-Hub-Signature", '"token"']) {
      expect(all).not.toContain(secret);
    }
    expect(events.state.get("fault")).toBeUndefined();
    // Without an open tab the page requests nothing, and nothing fails.
    events.close();
    await pause(100);
  });
});
