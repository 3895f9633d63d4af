import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import {
  CodePipelineClient,
  GetPipelineCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  paginateListActionExecutions,
  paginateListPipelines,
  PipelineNotFoundException,
} from "@aws-sdk/client-codepipeline";
import type { SessionLog } from "../session-log";
import type { StateChange, WebhookChange } from "../aws/state-change";
import type { Delivery } from "../github/delivery";
import type { Feed } from "./feed";
import type { PageSource } from "./page";
import { alarmView, buildView, deliveryView, executionView, pipelineView } from "./views";

/** Milliseconds changes are gathered before they are looked at: one often comes with others. */
const GATHER = 50;
/** Milliseconds between two looks at what tells of no change: alarms, deliveries, a structure. */
const INTERVAL = 2_000;
/** Executions, deliveries and webhook outcomes that are shown. */
const HISTORY = 100;
/** Builds whose phases are remembered. */
const BUILDS = 300;

/** Keeps the feed up to date with AWS and with GitHub, while somebody looks. */
export class Observer {
  private readonly codepipeline: CodePipelineClient;
  private readonly cloudwatch: CloudWatchClient;
  private readonly outcomes: WebhookChange[] = [];
  /** What has changed and has not been looked at: executions by pipeline. */
  private changed = new Map<string, Set<string>>();
  private working = Promise.resolve();
  private queued: Promise<void> | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private isWatched = false;

  constructor(
    private readonly source: PageSource,
    private readonly feed: Feed,
    clientConfig: ConstructorParameters<typeof CodePipelineClient>[0] & object,
    private readonly log: SessionLog,
  ) {
    this.codepipeline = new CodePipelineClient(clientConfig);
    this.cloudwatch = new CloudWatchClient(clientConfig);
    source.aws.events.on("change", this.onChange);
  }

  /** Somebody looks, or nobody any more: then nothing is asked. */
  set watched(watched: boolean) {
    if (watched === this.isWatched || this.stopped) return;
    this.isWatched = watched;
    clearInterval(this.timer);
    if (!watched) return;
    this.timer = setInterval(() => this.refreshLater(), INTERVAL);
    this.refreshLater();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.source.aws.events.off("change", this.onChange);
    clearInterval(this.timer);
    clearTimeout(this.gathering);
    await this.working;
    this.codepipeline.destroy();
    this.cloudwatch.destroy();
  }

  private readonly onChange = (change: StateChange) => {
    if (change.kind === "build") {
      this.feed.set(`build/${change.build.id}`, buildView(change.build));
      for (const key of this.feed.keys("build/").slice(0, -BUILDS)) this.feed.remove(key);
    } else if (change.kind === "webhook") {
      this.outcomes.push(change);
      if (this.outcomes.length > HISTORY) this.outcomes.shift();
    } else if (change.kind !== "log") {
      const executions = this.changed.get(change.pipeline) ?? new Set();
      this.changed.set(change.pipeline, executions.add(change.executionId));
      for (const old of [...executions].slice(0, -HISTORY)) executions.delete(old);
      if (this.isWatched) this.gathering ??= setTimeout(() => this.refreshLater(), GATHER);
    }
  };

  /** Looks at everything that may have changed. One look at a time; what changes meanwhile is looked at next. */
  refresh(): Promise<void> {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    return (this.queued ??= this.working =
      this.working.then(() => {
        this.queued = undefined;
        return this.look();
      }));
  }

  private refreshLater(): void {
    this.log.watch("What the page shows", this.refresh());
  }

  private async look(): Promise<void> {
    if (this.stopped) return;
    try {
      await this.lookAtPipelines();
      const alarms = await this.alarms();
      this.feed.set("alarms", alarms);
      this.feed.set("deliveries", this.deliveries());
      this.feed.remove("fault");
    } catch (error) {
      // The next look may do better; until then the page says that it shows something old.
      if (!this.stopped) this.feed.set("fault", { message: (error as Error).message });
    }
  }

  private async lookAtPipelines(): Promise<void> {
    const names: string[] = [];
    for await (const { pipelines } of paginateListPipelines({ client: this.codepipeline }, {})) {
      names.push(...(pipelines ?? []).map(({ name }) => name!));
    }
    for (const key of this.feed.keys("pipeline/")) {
      if (!names.includes(key.slice("pipeline/".length))) this.forget(key.slice("pipeline/".length));
    }
    for (const name of names) {
      const changed = this.changed.get(name);
      this.changed.delete(name);
      await this.lookAtPipeline(name, changed ?? new Set()).catch((error: unknown) => {
        // It goes on changing while it is looked at.
        if (!(error instanceof PipelineNotFoundException)) throw error;
        this.forget(name);
      });
    }
  }

  private async lookAtPipeline(name: string, changed: ReadonlySet<string>): Promise<void> {
    const client = this.codepipeline;
    const { pipelineExecutionSummaries = [] } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName: name, maxResults: HISTORY }),
    );
    const known = new Set(this.feed.keys(`execution/${name}/`));
    const news: [key: string, value: object][] = [];
    // The oldest first: the feed keeps the order.
    for (const summary of pipelineExecutionSummaries.toReversed()) {
      const id = summary.pipelineExecutionId!;
      const key = `execution/${name}/${id}`;
      if (!known.delete(key) || changed.has(id)) {
        news.push([key, executionView(name, summary, await this.actions(name, id))]);
      }
    }
    const [structure, state] = await Promise.all([
      client.send(new GetPipelineCommand({ name })),
      client.send(new GetPipelineStateCommand({ name })),
    ]);
    news.push([`pipeline/${name}`, pipelineView(structure, state)]);
    // At once, so that no page draws one without the other.
    for (const [key, value] of news) this.feed.set(key, value);
    for (const key of known) this.feed.remove(key);
  }

  private async actions(pipelineName: string, pipelineExecutionId: string) {
    const details = [];
    const pages = paginateListActionExecutions(
      { client: this.codepipeline },
      { pipelineName, filter: { pipelineExecutionId } },
    );
    for await (const { actionExecutionDetails } of pages) details.push(...(actionExecutionDetails ?? []));
    return details.reverse();
  }

  private async alarms() {
    const alarms = [];
    for await (const { MetricAlarms } of paginateDescribeAlarms({ client: this.cloudwatch }, {})) {
      alarms.push(...(MetricAlarms ?? []));
    }
    // What asks for attention comes first.
    const rank = ({ state }: { state: string | undefined }) => (state === "ALARM" ? 0 : 1);
    return alarms
      .map(alarmView)
      .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
  }

  /** The newest first. */
  private deliveries() {
    return this.source.github
      .deliveries()
      .map((delivery) => deliveryView(delivery, this.outcomeOf(delivery)))
      .slice(-HISTORY)
      .reverse();
  }

  /** A redelivery has the guid of the delivery before it: only the time tells what became of which. */
  private outcomeOf({ guid, delivered_at, duration }: Delivery): WebhookChange | undefined {
    const begin = Date.parse(delivered_at);
    const end = begin + Math.round(duration * 1000);
    return this.outcomes.find(
      ({ delivery, at }) => delivery === guid && begin <= at.getTime() && at.getTime() <= end,
    );
  }

  private forget(pipeline: string): void {
    this.feed.remove(`pipeline/${pipeline}`);
    for (const key of this.feed.keys(`execution/${pipeline}/`)) this.feed.remove(key);
  }
}
