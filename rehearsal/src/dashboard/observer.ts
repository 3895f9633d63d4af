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
import { alarmView, buildView, deliveryView, executionView, pipelineView, pullRequestView } from "./views";

/** Milliseconds to collect changes for before a refresh: they often come together. */
const GATHER = 50;
/** Milliseconds between two refreshes of what emits no events: alarms, deliveries, the pipeline's structure. */
const INTERVAL = 2_000;
/** Executions, deliveries and webhook outcomes that are shown. */
const HISTORY = 100;
/** Builds whose phases are kept. */
const BUILDS = 300;

/** Keeps the feed up to date with AWS and with GitHub, while a tab is open. */
export class Observer {
  private readonly codepipeline: CodePipelineClient;
  private readonly cloudwatch: CloudWatchClient;
  private readonly outcomes: WebhookChange[] = [];
  /** Executions that changed since the last refresh, by pipeline. */
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
  }

  /** Follows state changes from now on. */
  start(): void {
    this.source.aws.events.on("change", this.onChange);
  }

  /** Whether any tab is open; without one, nothing is requested. */
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

  /** Refreshes everything that may have changed. One refresh runs at a time; later changes are part of the next. */
  refresh(): Promise<void> {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    return (this.queued ??= this.working =
      this.working.then(() => {
        this.queued = undefined;
        return this.doRefresh();
      }));
  }

  private refreshLater(): void {
    this.log.watch("Refreshing the page", this.refresh());
  }

  private async doRefresh(): Promise<void> {
    if (this.stopped) return;
    try {
      await this.refreshPipelines();
      const alarms = await this.alarms();
      this.feed.set("alarms", alarms);
      this.feed.set("deliveries", this.deliveries());
      this.feed.set("pulls", this.source.github.pullRequests().slice(0, HISTORY).map(pullRequestView));
      this.feed.set("statuses", this.source.github.commitStatuses().slice(0, HISTORY));
      this.feed.remove("fault");
    } catch (error) {
      // Until the next refresh succeeds, the page shows that it is out of date.
      if (!this.stopped) this.feed.set("fault", { message: (error as Error).message });
    }
  }

  private async refreshPipelines(): Promise<void> {
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
      await this.refreshPipeline(name, changed ?? new Set()).catch((error: unknown) => {
        // Deleted during the refresh.
        if (!(error instanceof PipelineNotFoundException)) throw error;
        this.forget(name);
      });
    }
  }

  private async refreshPipeline(name: string, changed: ReadonlySet<string>): Promise<void> {
    const client = this.codepipeline;
    const { pipelineExecutionSummaries = [] } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName: name, maxResults: HISTORY }),
    );
    const known = new Set(this.feed.keys(`execution/${name}/`));
    const news: [key: string, value: object][] = [];
    // Oldest first, because the feed keeps the order.
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
    // Together, so that no page draws one without the other.
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
    // Firing alarms first.
    const rank = ({ state }: { state: string | undefined }) => (state === "ALARM" ? 0 : 1);
    return alarms
      .map(alarmView)
      .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
  }

  /** Returns the deliveries, newest first. */
  private deliveries() {
    return this.source.github
      .deliveries()
      .map((delivery) => deliveryView(delivery, this.outcomeOf(delivery)))
      .slice(-HISTORY)
      .reverse();
  }

  /** Returns the outcome of a delivery, by time: a redelivery has the GUID of the original. */
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
