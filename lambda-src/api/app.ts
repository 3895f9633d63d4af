import type { Logger } from "@aws-lambda-powertools/logger";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import * as z from "zod";
import { fromCursor, toCursor } from "./cursor";
import { deliveredCommit } from "./delivered-commit";
import { disposition } from "./disposition";
import { MAX_DOCUMENT_BYTES, type Documents } from "./documents";
import { errorBody, Refusal } from "./refusal";
import * as routes from "./routes";
import { secured, type Security } from "./security";

interface Bindings {
  Bindings: Partial<{ event: LambdaEvent; lambdaContext: LambdaContext }>;
}

export interface AppOptions {
  documents: Documents;
  /** The environment this API serves, such as `prod`. */
  environment: string;
  /** The commit that last changed this version of the function. */
  versionCommit: string;
  /** Who is allowed to call it, for its description: API Gateway authorizes requests. */
  security?: Security;
  /** The log for errors that clients do not see. */
  logger: Pick<Logger, "error">;
}

/** A media type and its parameters (RFC 9110), as it may stand in a header. */
const contentTypeSyntax = z
  .string()
  .max(255)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[ \t]*(;[\t\x20-\x7e]*)?$/);

/** The document API as an HTTP application. It describes itself at `/openapi.json`. */
export function createApp({ documents, environment, versionCommit, security = {}, logger }: AppOptions) {
  const app = new OpenAPIHono<Bindings>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === "param") {
        throw new Refusal(400, "invalid_name", result.error.issues[0]?.message ?? "");
      }
      throw new Refusal(400, "invalid_query", "limit must be 1 to 1000, and cursor not empty.");
    },
  });

  app.openapi(routes.health, (c) => {
    const { event, lambdaContext } = c.env ?? {};
    const commit = deliveredCommit(event, lambdaContext?.functionVersion) ?? versionCommit;
    const version = lambdaContext?.functionVersion;
    return c.json({ status: "ok" as const, environment, commit, versionCommit, version }, 200);
  });
  app.all("/health", otherMethods("GET, HEAD"));

  app.openapi(routes.description, (c) => {
    const info = { ...routes.info, version: versionCommit };
    return c.json(secured(app.getOpenAPI31Document({ openapi: "3.1.0", info }), security), 200);
  });
  app.all("/openapi.json", otherMethods("GET, HEAD"));

  app.openapi(routes.listDocuments, async (c) => {
    const { limit, cursor: given } = c.req.valid("query");
    const after = given === undefined ? undefined : fromCursor(given);
    const { documents: listed, last } = await documents.list(limit, after);
    return c.json({ documents: listed, ...(last !== undefined && { cursor: toCursor(last) }) }, 200);
  });
  app.all("/documents", otherMethods("GET, HEAD"));

  app.openapi(routes.putDocument, async (c) => {
    const { name } = c.req.valid("param");
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
  app.openapi(routes.getDocument, async (c) => {
    const { content, contentType } = await documents.get(c.req.valid("param").name);
    return c.body(new Uint8Array(content), 200, {
      "content-type": contentType,
      "content-disposition": disposition(contentType),
      // Any user's content under this API's own origin: a browser shall neither guess a type nor run what it holds.
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
    });
  });
  app.openapi(routes.deleteDocument, async (c) => {
    await documents.delete(c.req.valid("param").name);
    return c.body(null, 204);
  });
  app.all("/documents/:name", otherMethods("GET, HEAD, PUT, DELETE"));

  app.openapi(routes.getMetadata, async (c) => {
    const { name, size, sha256, contentType, time } = await documents.metadata(c.req.valid("param").name);
    return c.json({ name, size, sha256, contentType, time }, 200);
  });
  app.all("/documents/:name/metadata", otherMethods("GET, HEAD"));

  app.all("/documents/*", () => {
    throw new Refusal(400, "invalid_name", "A document name cannot be empty or contain a slash.");
  });

  app.notFound((c) => c.json(errorBody("unknown_path", `There is nothing at ${c.req.path}.`), 404));
  app.onError((error, c) => {
    if (error instanceof Refusal) {
      return c.json(errorBody(error.code, error.message), error.status, error.headers);
    }
    logger.error("The request failed.", { error, method: c.req.method, path: c.req.path });
    // Absent when the application is driven without a Lambda around it.
    const requestId = c.env?.lambdaContext?.awsRequestId ?? "unknown";
    const message = `Something went wrong on our side. It was logged under request id ${requestId}.`;
    return c.json(errorBody("internal_error", message), 500);
  });
  return app;
}

/**
 * Answers OPTIONS, and refuses all other methods. With `service_auth`, preflight requests have a route to this function:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
function otherMethods(allow: string) {
  return (c: Context): Response => {
    if (c.req.method === "OPTIONS") return c.body(null, 204, { allow });
    throw new Refusal(405, "method_not_allowed", `${c.req.path} answers ${allow}, not ${c.req.method}.`, {
      allow,
    });
  };
}

function readContentType(header = "application/octet-stream"): string {
  const { success, data } = contentTypeSyntax.safeParse(header);
  if (success) return data;
  throw new Refusal(400, "invalid_content_type", "Content-Type must be a media type, such as text/plain.");
}
