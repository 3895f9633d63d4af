import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { CodePipelineServiceException } from "@aws-sdk/client-codepipeline";
import { Hono, type Context } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE, type SSEStreamingApi } from "hono/streaming";
import { z } from "zod";
import { readText } from "./body";
import type { Feed } from "./feed";
import { changesOnlyFromThePage } from "./guard";
import { tail, type Log } from "./log-tail";
import { requests, Conflict, type Operator } from "./operator";
import { publicFiles } from "./public-files";
import type { SessionLog } from "../session-log";

/** What the routes need; what depends on AWS is undefined until it has started. */
export interface Backend {
  readonly feed: Feed;
  operator(): Operator | undefined;
  log(id: string): Log | undefined;
  /** Returns the plan for an approval; undefined if there is none. */
  plan(pipeline: string, execution: string, run: string): Promise<string | undefined>;
  /** Receives a request of SNS; returns false if the secret in its URL is wrong. */
  receive(secret: string, body: string): Promise<boolean>;
  /** The log for errors. */
  readonly errors: SessionLog;
  /** Counts the open tabs. */
  tabs(change: 1 | -1): void;
  /** Aborted when the page stops. */
  readonly ending: AbortSignal;
}

/** Maximum concurrent streams: each tab has two. */
const STREAMS = 64;
/** Milliseconds between heartbeats, which detect closed connections. */
const HEARTBEAT = 15_000;

/** Returns the routes of the page's server. */
export function routes(backend: Backend): Hono {
  const app = new Hono();
  let streams = 0;
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
      // It is served over plain HTTP on this machine only.
      strictTransportSecurity: false,
    }),
  );
  // SNS sends no Origin; the URL is a secret that only SNS and the page know.
  app.post("/notifications/:secret", async (context) => {
    const body = await readText(context.req.raw);
    const known = body !== undefined && (await backend.receive(context.req.param("secret"), body));
    return known ? context.body(null, 204) : context.notFound();
  });
  app.use(changesOnlyFromThePage);
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
  });

  const stream = (context: Context, run: (out: SSEStreamingApi, gone: AbortSignal) => Promise<void>) => {
    if (streams >= STREAMS) return context.text("Too many open tabs.", 503);
    return streamSSE(context, async (out) => {
      const left = new AbortController();
      out.onAbort(() => left.abort());
      const gone = AbortSignal.any([left.signal, backend.ending]);
      const heartbeat = setInterval(
        () => backend.errors.watch("Heartbeat", out.write(": still here\n\n")),
        HEARTBEAT,
      );
      streams++;
      try {
        await run(out, gone);
        if (!left.signal.aborted) await out.writeSSE({ event: "end", data: "" });
      } finally {
        streams--;
        clearInterval(heartbeat);
      }
    });
  };

  app.get("/events", (context) =>
    stream(context, async (out, gone) => {
      backend.tabs(1);
      try {
        await sendFeed(backend.feed, out, context.req.header("last-event-id"), gone);
      } finally {
        backend.tabs(-1);
      }
    }),
  );
  app.get("/logs/:id", (context) => {
    const log = backend.log(context.req.param("id"));
    if (!log) return context.notFound();
    const id = context.req.header("last-event-id");
    const from = id !== undefined && /^\d+$/.test(id) ? Number(id) : undefined;
    return stream(context, (out, gone) => sendLog(log, out, from, gone));
  });
  app.get("/logs/:id/whole", async (context) => {
    const log = backend.log(context.req.param("id"));
    if (!log) return context.notFound();
    const file = await open(log.file).catch(() => undefined);
    if (!file) return context.notFound();
    context.header("Content-Type", "text/plain; charset=utf-8");
    return context.body(Readable.toWeb(createReadStream("", { fd: file })) as ReadableStream);
  });
  app.get("/plans/:pipeline/:execution/:run", async (context) => {
    const { pipeline, execution, run } = context.req.param();
    const text = await backend.plan(pipeline, execution, run);
    return text === undefined ? context.notFound() : context.text(text);
  });
  app.post("/pipelines/:name/:request", (context) => act(context, backend.operator()));
  for (const [path, { type, content }] of publicFiles()) {
    app.get(path, (context) => context.body(content, 200, { "Content-Type": type }));
  }
  return app;
}

/** Sends all values that changed, then later changes; `ready` marks the end of each batch. */
async function sendFeed(feed: Feed, out: SSEStreamingApi, lastId: string | undefined, gone: AbortSignal) {
  const known = feed.sequenceOf(lastId);
  if (known === undefined) await out.writeSSE({ event: "reset", data: "" });
  let sequence = known ?? 0;
  while (!gone.aborted) {
    const news = feed.news(gone);
    for (const entry of feed.after(sequence)) {
      const { key, json } = entry;
      const event = json === undefined ? "remove" : "set";
      const data = `{"key":${JSON.stringify(key)}${json === undefined ? "" : `,"value":${json}`}}`;
      await out.writeSSE({ event, data, id: feed.idOf(entry) });
      sequence = entry.sequence;
    }
    await out.writeSSE({ event: "ready", data: "" });
    await news;
  }
}

async function sendLog(log: Log, out: SSEStreamingApi, from: number | undefined, gone: AbortSignal) {
  for await (const { lines, end, gap } of tail(log, from, gone)) {
    await out.writeSSE({ event: "lines", data: JSON.stringify({ lines, gap }), id: String(end) });
  }
}

async function act(context: Context, operator: Operator | undefined) {
  const [name, request] = [context.req.param("name")!, context.req.param("request")!];
  const body = await readText(context.req.raw);
  if (!Object.hasOwn(requests, request)) return context.notFound();
  if (!operator) return context.json({ message: "The rehearsal is still starting." }, 503);
  try {
    if (body === undefined) throw new Conflict("The request is too long.");
    return context.json({ message: await run(operator, name, request as keyof typeof requests, body) });
  } catch (error) {
    if (error instanceof Conflict) return context.json({ message: error.message }, 409);
    if (error instanceof CodePipelineServiceException) return context.json({ message: error.message }, 409);
    if (error instanceof z.ZodError) return context.json({ message: z.prettifyError(error) }, 400);
    if (error instanceof SyntaxError) return context.json({ message: "The request is not JSON." }, 400);
    throw error;
  }
}

function run(operator: Operator, pipeline: string, request: keyof typeof requests, body: string) {
  const input: unknown = JSON.parse(body);
  if (request === "start") return operator.start(pipeline, requests.start.parse(input));
  if (request === "stop") return operator.stop(pipeline, requests.stop.parse(input));
  if (request === "retry") return operator.retry(pipeline, requests.retry.parse(input));
  return operator.decide(pipeline, requests.decide.parse(input));
}
