/**
 * Whether a rehearsal holds: one execution of a tiny pipeline after the other, for so many executions or
 * minutes, whichever comes first, and what the process holds on to meanwhile, with the page open in one
 * tab as `npm run rehearse -- --keep` has it. By hand, for two hours:
 *
 *   npm run bench:soak -- --minutes 120
 *
 * --executions N (default 100000), --minutes N (default 120), --every N executions between two lines
 * (default 100), --pace N: the least seconds between the beginnings of two executions (default 0). Each
 * line is JSON. Ends with 1 when an execution does not succeed or the page ends.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { CreatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { buildStage, SmallAws } from "../__tests__/support/small-aws";
import { startPage } from "../src/dashboard/page";

export interface Sample {
  readonly executions: number;
  readonly seconds: number;
  /** Mebibytes, after a garbage collection. */
  readonly heap: number;
  readonly rss: number;
  /** Of the emulator; undefined where there is no /proc. */
  readonly emulatorRss: number | undefined;
  /** Mebibytes that the tab has read so far. */
  readonly read: number;
  /** What is remembered. */
  readonly history: {
    readonly executions: number;
    readonly builds: number;
    readonly buildFolders: number;
    readonly deliveries: number;
  };
  /** What is open: sockets, pipes, timers, processes; files where there is /proc. */
  readonly resources: number;
  readonly files: number | undefined;
}

const MIB = 1024 ** 2;

// The pinned SDK's remark about the version of Node.js would be the first line.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      executions: { type: "string", default: "100000" },
      minutes: { type: "string", default: "120" },
      every: { type: "string", default: "100" },
      pace: { type: "string", default: "0" },
    },
  });
  const executions = Number(values.executions);
  const minutes = Number(values.minutes);
  const every = Number(values.every);
  const pace = Number(values.pace);
  const began = performance.now();
  const small = await SmallAws.start();
  const page = await startPage(small.aws.context.log);
  page.show({
    aws: small.aws,
    github: small.github.gitHub,
    folder: small.folder,
    status: () => Promise.resolve(""),
  });
  const tab = await Tab.open(page.url);
  try {
    await small.project("Echo", "echo hello", "cat greeting.txt");
    const pipeline = small.pipeline("soak", buildStage("Echo"));
    await small.codepipeline.send(new CreatePipelineCommand({ pipeline }));
    await small.end(small.aws.codepipeline.get("soak").executions[0]!.id);
    const send = await small.webhook("soak");
    const hook = await small.hook("soak");
    for (let count = 1, next = 0; count <= executions; count++) {
      await pause(Math.max(0, next - performance.now()));
      next = performance.now() + pace * 1000;
      // GitHub's log fills with pings, the webhook's memory with deliveries.
      await small.github.rest("POST", `/repos/acme/api/hooks/${hook}/pings`);
      await send(JSON.stringify({ ref: "refs/heads/main", after: String(count) }));
      const { id } = small.aws.codepipeline.get("soak").executions.at(-1)!;
      const status = await small.end(id);
      if (status !== "Succeeded") throw new Error(`Execution ${count} (${id}) ended as ${status}.`);
      if (tab.ended) throw new Error(`The page ended during execution ${count}.`);
      const isOver = count === executions || performance.now() - began > minutes * 60_000;
      if (count % every === 0 || isOver) console.log(JSON.stringify(await sample(small, tab, count, began)));
      if (isOver) return;
    }
  } finally {
    tab.close();
    await page.stop();
    await small.stop();
  }
}

/** The page's events as an open tab gets them. What it reads is thrown away, so that only the page remembers. */
class Tab {
  bytes = 0;
  ended = false;

  private constructor(private readonly response: IncomingMessage) {
    response.on("data", (data: Buffer) => (this.bytes += data.length));
    response.on("close", () => (this.ended = true));
    // `close` follows.
    response.on("error", () => undefined);
  }

  static async open(page: string): Promise<Tab> {
    const response = await new Promise<IncomingMessage>((done, fail) =>
      get(`${page}events`, done).on("error", fail),
    );
    return new Tab(response);
  }

  close(): void {
    this.response.destroy();
  }
}

async function sample(small: SmallAws, tab: Tab, executions: number, began: number): Promise<Sample> {
  const builds = join(small.folder, "builds");
  const folders = () => (existsSync(builds) ? readdirSync(builds).length : 0);
  // What the last execution has still to tidy up.
  for (let tries = 0; tries < 60 && (tries === 0 || folders() > 100); tries++) await pause(500);
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    executions,
    seconds: Math.round((performance.now() - began) / 1000),
    heap: round(heapUsed / MIB),
    rss: round(rss / MIB),
    emulatorRss: rssOf(small.emulator.process.pid!),
    read: round(tab.bytes / MIB),
    history: {
      executions: small.aws.codepipeline.get("soak").executions.length,
      builds: await small.builds(),
      buildFolders: folders(),
      deliveries: small.github.gitHub.deliveries().length,
    },
    resources: process.getActiveResourcesInfo().length,
    files: existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : undefined,
  };
}

function rssOf(pid: number): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kib === undefined ? undefined : round(Number(kib) / 1024);
  } catch {
    return undefined;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
