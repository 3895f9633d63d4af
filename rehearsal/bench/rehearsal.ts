/**
 * What a rehearsal costs besides the work of its builds: `npm run bench -- rehearsal`. Prints the figures as JSON, and
 * what they are made of to standard error. Each part compares two things in one run, in turns.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { CreatePipelineCommand, type StageDeclaration } from "@aws-sdk/client-codepipeline";
import { buildStage, SmallAws } from "../__tests__/support/small-aws";
import type { StateChange } from "../src/aws/state-change";

const ROUNDS = 7;
const LOAD_ROUNDS = 5;
const LOAD_SECONDS = 2;
const CONNECTIONS = 8;

/**
 * Seconds each of the builds works. The real ones take from five seconds (IntegrationTest) to a minute, so this
 * is the hardest case for a share of the time: what a rehearsal adds does not depend on how long a build works.
 */
const WORK = 5;
const WORK_ROUNDS = 3;

const BUILDS = ["UnitTest", "DeployOnDev", "IntegrationTest", "DeployOnProd"];

const COMMAND_PHASES = new Set(["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"]);

// The pinned SDK's remark about the version of Node.js would stand between the figures.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

async function main(): Promise<void> {
  const small = await SmallAws.start();
  try {
    const sample = {
      added: await overhead(small),
      requests: await requests(small),
      firstLine: await firstLine(small),
    };
    console.log(JSON.stringify(sample));
  } finally {
    await small.stop();
  }
}

/** Returns what an execution of four builds adds to the time that their commands take, as a share of it. */
async function overhead(small: SmallAws): Promise<number> {
  for (const name of BUILDS) await small.project(name, `sleep ${WORK}`);
  const start = await created(
    small,
    "overhead",
    BUILDS.map((name) => buildStage(name)),
  );
  const whole: number[] = [];
  const commands: number[] = [];
  for (let round = 0; round < WORK_ROUNDS; round++) {
    const changes = await start();
    const [first, last] = ofKind(changes, "execution");
    whole.push(last!.at.getTime() - first!.at.getTime());
    const builds = ofKind(changes, "build").filter(({ build }) => build.buildComplete);
    const phases = builds.flatMap(({ build }) => build.phases!);
    const worked = phases.filter(({ phaseType }) => COMMAND_PHASES.has(phaseType!));
    commands.push(sum(worked.map(({ startTime, endTime }) => endTime!.getTime() - startTime!.getTime())));
  }
  const own = whole.map((time, round) => time - commands[round]!);
  const share = median(own) / median(commands);
  print(`An execution with a source and ${BUILDS.length} builds that work ${WORK} s each`, {
    "the whole execution": seconds(median(whole)),
    "the commands of its builds": seconds(median(commands)),
    "what the rehearsal adds": seconds(median(own)),
    "of that, per action": seconds(median(own) / (BUILDS.length + 1)),
  });
  return share;
}

/** Returns how many requests for the emulator's health page the AWS endpoint answers, as a share of the direct ones. */
async function requests(small: SmallAws): Promise<number> {
  const direct: number[] = [];
  const through: number[] = [];
  for (let round = 0; round < LOAD_ROUNDS; round++) {
    direct.push(await load(small.emulator.url));
    through.push(await load(small.aws.context.endpoint));
  }
  print(`Requests a second over ${CONNECTIONS} connections`, {
    "to the emulator": `${Math.round(median(direct))}`,
    "through the AWS endpoint": `${Math.round(median(through))}`,
  });
  return median(through) / median(direct);
}

/** Returns the seconds from `git push` to the first line that a command of the first build prints. */
async function firstLine(small: SmallAws): Promise<number> {
  await small.project("Echo", "echo first-line");
  await created(small, "first-line", [buildStage("Echo")]);
  await small.hook("first-line");
  const pushes: number[] = [];
  const started: number[] = [];
  const fetched: number[] = [];
  const lines: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await small.github.commit("greeting.txt", `hello ${round}`, `Say hello ${round}`);
    const changes = record(small);
    const began = Date.now();
    const printed = small
      .change((change) => (change.kind === "build" ? change.build.id : undefined))
      .then((id) => printedLine(small, id));
    const over = small.change((change) =>
      change.kind === "execution" && change.status === "Succeeded" ? true : undefined,
    );
    await small.github.git("push", "--quiet", "origin", "main");
    pushes.push(Date.now() - began);
    lines.push((await printed) - began);
    await over;
    started.push(ofKind(changes.all, "execution")[0]!.at.getTime() - began);
    const source = ofKind(changes.all, "action").find(
      ({ action, state }) => action === "Source1" && state === "SUCCEEDED",
    );
    fetched.push(source!.at.getTime() - began);
    changes.end();
  }
  print("From the beginning of a git push", {
    "to its end (git alone)": seconds(median(pushes)),
    "to the start of the execution": seconds(median(started)),
    "to the source in its bucket": seconds(median(fetched)),
    "to the first line of the first build": seconds(median(lines)),
  });
  return median(lines) / 1000;
}

/** Creates a pipeline and waits for its first execution. Resolves with what starts one more and waits for it. */
async function created(
  small: SmallAws,
  name: string,
  stages: StageDeclaration[],
): Promise<() => Promise<StateChange[]>> {
  await small.codepipeline.send(new CreatePipelineCommand({ pipeline: small.pipeline(name, ...stages) }));
  const pipeline = small.aws.codepipeline.get(name);
  const wait = async () => {
    const status = await small.end(pipeline.executions.at(-1)!.id);
    if (status !== "Succeeded") throw new Error(`An execution of ${name} ended as ${status}.`);
  };
  await wait();
  const send = await small.webhook(name);
  let count = 0;
  return async () => {
    const changes = record(small);
    await send(JSON.stringify({ ref: "refs/heads/main", after: `${name} ${++count}` }));
    await wait();
    changes.end();
    return changes.all;
  };
}

function record(small: SmallAws): { readonly all: StateChange[]; end(): void } {
  const all: StateChange[] = [];
  const listen = (change: StateChange) => void all.push(change);
  small.aws.events.on("change", listen);
  return { all, end: () => void small.aws.events.off("change", listen) };
}

function ofKind<Kind extends StateChange["kind"]>(changes: readonly StateChange[], kind: Kind) {
  return changes.filter((change): change is Extract<StateChange, { kind: Kind }> => change.kind === kind);
}

/** When a build's log had the line that its command prints. */
async function printedLine(small: SmallAws, id: string): Promise<number> {
  const file = small.aws.codebuild.logFile(id);
  while (!/^first-line$/m.test(readFileSync(file, "utf8"))) await pause(5);
  return Date.now();
}

/** Requests a second, sent by a process of their own: the endpoint lives in this one. */
async function load(url: string): Promise<number> {
  const child = fork(__filename, [url], { execArgv: ["--require", "./tasks/start.cjs"] });
  const [rate] = (await once(child, "message")) as [number];
  return rate;
}

async function sendLoad(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + LOAD_SECONDS * 1000;
  let count = 0;
  const one = () =>
    new Promise<void>((done, failed) => {
      get(`${url}/_ministack/health`, { agent }, (response) => {
        response.resume().on("end", done).on("error", failed);
      }).on("error", failed);
    });
  const worker = async () => {
    for (; performance.now() < end; count++) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  process.send?.(count / LOAD_SECONDS);
}

function print(title: string, rows: Readonly<Record<string, string>>): void {
  console.error(`\n${title}`);
  const width = Math.max(...Object.keys(rows).map(({ length }) => length));
  for (const [name, figure] of Object.entries(rows))
    console.error(`  ${name.padEnd(width)}  ${figure.padStart(8)}`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const [url] = process.argv.slice(2);
(url ? sendLoad(url) : main()).catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
