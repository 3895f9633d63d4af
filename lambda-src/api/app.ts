import { Hono, type Context } from "hono";
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import * as z from "zod";
import { nameProblem } from "../shared/keys";
import { fromCursor, toCursor } from "./cursor";
import { MAX_DOCUMENT_BYTES, type Documents } from "./documents";
import { errorBody, Refusal } from "./refusal";

interface Bindings {
  Bindings: Partial<{ event: LambdaEvent; lambdaContext: LambdaContext }>;
}

export interface AppOptions {
  documents: Documents;
  /** The environment this API serves, such as `prod`. */
  environment: string;
  /** The commit it was built from. */
  commit: string;
}

const pageQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .default("100")
    .transform(Number)
    .pipe(z.number().min(1).max(1000)),
  cursor: z.string().min(1).optional(),
});

/** A media type and its parameters (RFC 9110), as it may stand in a header. */
const contentTypeSyntax = z
  .string()
  .max(255)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[ \t]*(;[\t\x20-\x7e]*)?$/);

/** The document API as an HTTP application. */
export function createApp({ documents, environment, commit }: AppOptions) {
  const app = new Hono<Bindings>();

  app.get("/health", (c) => c.json({ status: "ok", environment, commit }));
  app.all("/health", refuseMethod("GET, HEAD"));

  app.get("/documents", async (c) => {
    const { limit, after } = readPageQuery(c.req.query());
    const { documents: listed, last } = await documents.list(limit, after);
    return c.json({ documents: listed, ...(last !== undefined && { cursor: toCursor(last) }) });
  });
  app.all("/documents", refuseMethod("GET, HEAD"));

  app.put("/documents/:name", async (c) => {
    const name = readName(c.req.param("name"));
    const contentType = readContentType(c.req.header("content-type"));
    const content = new Uint8Array(await c.req.arrayBuffer());
    if (content.length > MAX_DOCUMENT_BYTES) {
      throw new Refusal(
        413,
        "document_too_large",
        `A document can have ${MAX_DOCUMENT_BYTES} bytes; this one has ${content.length}.`,
      );
    }
    const outcome = await documents.put(name, content, contentType);
    return c.json({ name, size: content.length, contentType }, outcome === "created" ? 201 : 200);
  });
  app.get("/documents/:name", async (c) => {
    const { content, contentType } = await documents.get(readName(c.req.param("name")));
    return c.body(new Uint8Array(content), 200, {
      "content-type": contentType,
      // Anybody's content under this API's own origin: a browser shall neither guess a type nor run what it holds.
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
    });
  });
  app.delete("/documents/:name", async (c) => {
    await documents.delete(readName(c.req.param("name")));
    return c.body(null, 204);
  });
  app.all("/documents/:name", refuseMethod("GET, HEAD, PUT, DELETE"));

  app.get("/documents/:name/metadata", async (c) => {
    const { name, size, sha256, contentType, time } = await documents.metadata(readName(c.req.param("name")));
    return c.json({ name, size, sha256, contentType, time });
  });
  app.all("/documents/:name/metadata", refuseMethod("GET, HEAD"));

  app.all("/documents/*", () => {
    throw new Refusal(400, "invalid_name", "A document name cannot be empty or contain a slash.");
  });

  app.notFound((c) => c.json(errorBody("unknown_path", `There is nothing at ${c.req.path}.`), 404));
  app.onError((error, c) => {
    if (error instanceof Refusal) {
      return c.json(errorBody(error.code, error.message), error.status, error.headers);
    }
    return c.json(errorBody("internal_error", unexpected(error, c)), 500);
  });
  return app;
}

function refuseMethod(allow: string) {
  return (c: Context): never => {
    throw new Refusal(405, "method_not_allowed", `${c.req.path} answers ${allow}, not ${c.req.method}.`, {
      allow,
    });
  };
}

function readName(name: string): string {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new Refusal(400, "invalid_name", problem);
  return name;
}

function readContentType(header = "application/octet-stream"): string {
  const { success, data } = contentTypeSyntax.safeParse(header);
  if (success) return data;
  throw new Refusal(400, "invalid_content_type", "Content-Type must be a media type, such as text/plain.");
}

function readPageQuery(query: Record<string, string>): { limit: number; after: string | undefined } {
  const { success, data } = pageQuery.safeParse(query);
  if (!success) throw new Refusal(400, "invalid_query", "limit must be 1 to 1000, and cursor not empty.");
  return { limit: data.limit, after: data.cursor === undefined ? undefined : fromCursor(data.cursor) };
}

/** Logs what only the operator may know, as one JSON line, and returns what the sender is told. */
function unexpected(error: Error, c: Context<Bindings>): string {
  // Absent when the application is driven without a Lambda around it.
  const requestId = c.env?.lambdaContext?.awsRequestId ?? "unknown";
  const { name, message, stack } = error;
  console.error(
    JSON.stringify({
      level: "error",
      requestId,
      method: c.req.method,
      path: c.req.path,
      error: { name, message, stack },
    }),
  );
  return `Something went wrong on our side. It was logged under request id ${requestId}.`;
}
