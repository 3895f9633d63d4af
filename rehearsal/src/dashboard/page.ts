import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { getRequestListener } from "@hono/node-server";
import { clientConfig } from "../aws/client-config";
import type { AwsServer } from "../aws/server";
import type { GitHub } from "../github/server";
import { LocalServer } from "../local-server";
import type { SessionLog } from "../session-log";
import { Feed } from "./feed";
import type { Log } from "./log-tail";
import { Notifications } from "./notifications";
import { Observer } from "./observer";
import { Operator } from "./operator";
import { Plans } from "./plans";
import { routes } from "./routes";
import { StatusOutput } from "./status";

/** The topics of failures and of approvals, as the stacks name them. */
const TOPICS = ["hw-codebuild-failed-sns", "hw-approvals"];

/** What the page shows. */
export interface PageSource {
  readonly aws: Pick<AwsServer, "context" | "events"> & {
    readonly codebuild: Pick<AwsServer["codebuild"], "build" | "logFile">;
  };
  readonly github: Pick<GitHub, "deliveries" | "pullRequests" | "commitStatuses">;
  /** Returns what `npm run status` prints. */
  status(): Promise<string>;
  /** The session's folder, with `bootstrap.log`. */
  readonly folder: string;
}

/** The pipeline as a page in a browser. */
export interface Page {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** Shows a session from now on; before, the page shows that it is starting. */
  show(source: PageSource): void;
  /** Stops the page and notifies open tabs. */
  stop(): Promise<void>;
}

/**
 * Starts the page on a free port of 127.0.0.1. It needs no session yet, so it can be opened first.
 * @param log the log for errors
 */
export async function startPage(log: SessionLog): Promise<Page> {
  const server = await LocalServer.listen({
    log,
    refuse: (_, response, { status, message }) => {
      response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(message);
    },
  });
  const url = `${server.url}/`;
  const secret = randomBytes(18).toString("hex");
  const feed = new Feed();
  const ending = new AbortController();
  let shown: Shown | undefined;
  let watching = 0;

  const app = routes({
    feed,
    errors: log,
    ending: ending.signal,
    operator: () => shown?.operator,
    log: (id) => shown?.log(id),
    plan: async (...run) => shown?.plans.read(...run),
    tabs: (change) => {
      watching += change;
      if (shown) shown.watched = watching > 0;
    },
    receive: async (pathSecret, body) => {
      if (pathSecret !== secret || !shown) return false;
      await shown.notifications.receive(body);
      return true;
    },
  });
  app.onError((error, context) => {
    log.error(`${context.req.method} ${context.req.routePath} failed`, error);
    return context.json({ message: `Internal error. Details: ${log.file}` }, 500);
  });
  server.answerWith(getRequestListener(app.fetch));
  feed.set("session", { phase: "starting" });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    ending.abort();
    await shown?.stop();
    // Streams get time to send their last event; idle connections are closed.
    await server.close(100);
  };
  return {
    url,
    show: (source) => {
      shown = new Shown(source, feed, `${url}notifications/${secret}`, log);
      shown.start();
      shown.watched = watching > 0;
      feed.set("session", { phase: "running", region: source.aws.context.region });
    },
    stop: () => (stopped ??= stop()),
  };
}

/** The session that the page shows. */
class Shown {
  private readonly observer: Observer;
  private readonly status: StatusOutput;
  readonly notifications: Notifications;
  readonly operator: Operator;
  readonly plans: Plans;
  private readonly client: CodePipelineClient;

  constructor(
    private readonly source: PageSource,
    feed: Feed,
    endpoint: string,
    log: SessionLog,
  ) {
    const aws = source.aws.context;
    const config = { ...clientConfig(aws), endpoint: aws.endpoint };
    const topics = TOPICS.map((name) => `arn:aws:sns:${aws.region}:${aws.account}:${name}`);
    this.client = new CodePipelineClient(config);
    this.operator = new Operator(this.client);
    this.plans = new Plans(config);
    this.observer = new Observer(source, feed, config, log);
    this.status = new StatusOutput(source, feed, log);
    this.notifications = new Notifications(feed, topics, endpoint, config);
  }

  start(): void {
    this.observer.start();
    this.status.start();
    this.notifications.start();
  }

  /** Whether any tab is open. */
  set watched(watched: boolean) {
    this.observer.watched = watched;
    this.status.watched = watched;
  }

  /** Returns the log of a build, or of `bootstrap`. */
  log(id: string): Log | undefined {
    const { codebuild } = this.source.aws;
    if (id === "bootstrap") return { file: join(this.source.folder, "bootstrap.log"), ended: () => false };
    if (!codebuild.build(id)) return undefined;
    return { file: codebuild.logFile(id), ended: () => codebuild.build(id)?.buildComplete ?? true };
  }

  async stop(): Promise<void> {
    await Promise.all([this.observer.stop(), this.status.stop(), this.notifications.stop()]);
    this.client.destroy();
    this.plans.stop();
  }
}
