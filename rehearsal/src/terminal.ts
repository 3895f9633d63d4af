import type { ActionChange, ExecutionChange, StageChange } from "./aws/state-change";
import { follow, smokeTestProduction, push, stageNames, type Rehearsed } from "./rehearse";
import type { Session } from "./session";
import type { Part } from "./summary";

export interface TerminalOptions {
  readonly commit: string;
  /** Receives the duration of each part. */
  readonly parts: Part[];
  readonly start: () => Promise<Session>;
}

/** Rehearses and shows the progress: as a list that updates itself in a terminal, as a line for each step elsewhere. */
export async function rehearseInTerminal({ commit, parts, start }: TerminalOptions): Promise<Rehearsed> {
  // Loaded lazily because it is large.
  const { Listr, PRESET_TIMESTAMP } = await import("listr2");
  let session!: Session;
  let rehearsed!: Rehearsed;
  const stages = new Stages();
  const timed = async (name: string, work: () => Promise<void>) => {
    const from = Date.now();
    await work();
    parts.push({ name, seconds: (Date.now() - from) / 1000 });
  };
  let pipeline!: Promise<Rehearsed["execution"]>;
  await new Listr(
    [
      {
        title: "Start AWS and GitHub on this machine",
        task: () => timed("Start", async () => void (session = await start())),
      },
      {
        title: "npm run bootstrap: state stack, secret, pipeline stack",
        task: () =>
          timed("Bootstrap", async () => {
            await session.workstation.bootstrap();
            await session.acceptConnections();
          }),
      },
      {
        title: `git push ${commit.slice(0, 9)}`,
        task: () =>
          timed("Push", async () => {
            const pushed = await push(session);
            pipeline = follow(session, pushed, (change) => stages.report(change));
            // The stages' tasks report its failure.
            pipeline.catch(() => undefined);
          }),
      },
      {
        title: "The pipeline",
        task: async (_, task) =>
          task.newListr(
            (await stageNames(session)).map((name) => stages.task(name, pipeline)),
            {
              rendererOptions: { collapseSubtasks: false },
            },
          ),
      },
      {
        title: "Smoke-test production",
        task: async () => {
          const execution = await pipeline;
          parts.push({ name: "Pipeline", seconds: execution.seconds });
          await timed("Smoke test", async () => {
            rehearsed = await smokeTestProduction(session, execution, commit);
          });
        },
      },
    ],
    {
      // Its own handler would exit at Ctrl-C before the session is stopped.
      registerSignalListeners: false,
      fallbackRenderer: "simple",
      fallbackRendererOptions: { timestamp: PRESET_TIMESTAMP },
    },
  ).run();
  return rehearsed;
}

/** The stages of one execution as tasks that end with their stage. */
class Stages {
  private readonly changes: (StageChange | ActionChange)[] = [];
  private readonly waiting = new Set<() => void>();

  report(change: StageChange | ActionChange | ExecutionChange): void {
    if (change.kind !== "execution") this.changes.push(change);
    for (const wake of this.waiting) wake();
  }

  task(name: string, pipeline: Promise<unknown>) {
    return {
      title: name,
      task: async (_: unknown, task: { title: string }) => {
        const seconds = (from: Date, to: Date) => `${((to.getTime() - from.getTime()) / 1000).toFixed(1)} s`;
        for (;;) {
          const own = this.changes.filter(({ stage }) => stage === name);
          const ended = own.find(
            (change) => change.kind === "stage" && /Succeeded|Skipped/.test(change.status),
          );
          if (ended) {
            const how = ended.status === "Skipped" ? "skipped" : seconds(own[0]!.at, ended.at);
            task.title = `${name} (${how})`;
            return;
          }
          const action = own.findLast((change) => change.kind === "action");
          if (action) task.title = `${name}: ${action.action} ${action.status}`;
          await Promise.race([this.news(), pipeline.then(() => undefined)]);
        }
      },
    };
  }

  /** Resolves at the next change. */
  private news(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
    });
  }
}
