import { createRoute, z } from "@hono/zod-openapi";
import { documentRecord } from "../shared/document-record";
import { MAX_NAME_BYTES, nameProblem } from "../shared/keys";
import { MAX_DOCUMENT_BYTES } from "./documents";

/** What the description says of itself, beside its version. */
export const info = {
  title: "Heavy Water documents",
  description:
    "Keeps documents. Every path that answers GET answers HEAD too. Another method is refused with 405, another " +
    "path with 404. What API Gateway refuses itself, such as a request of more than 10 MB, has `message` alone.",
};

const documentParameters = z.object({
  name: z
    .string()
    .superRefine((name, context) => {
      const message = nameProblem(name);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .openapi({
      description: `A document's name: 1 to ${MAX_NAME_BYTES} bytes of UTF-8 without slashes and control characters, and neither "." nor "..".`,
      minLength: 1,
      maxLength: MAX_NAME_BYTES,
      example: "report 1.txt",
    }),
});

const pageQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .default("100")
    .transform(Number)
    .pipe(z.number().min(1).max(1000))
    // Said here, because a query is text before it is a number.
    .openapi({
      description: "How many documents a page has at most.",
      type: "integer",
      minimum: 1,
      maximum: 1000,
      default: 100,
    }),
  cursor: z.string().min(1).optional().openapi({
    description: "What an earlier page answered with; the page after that one follows.",
  }),
});

const time = z.string().openapi({ format: "date-time" });

/** A document's content that is sent, of whatever type it is. */
const sentContent = { "*/*": { schema: z.string().openapi({ format: "binary" }) } };

/** A document's content as it comes back: it can be anything, because a client has sent it. */
const anyContent = { "*/*": { schema: z.any() } };

function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

/** Answers that are not a success, and the codes that tell programs what it is. */
function refusal(description: string, ...codes: [string, ...string[]]) {
  return answer(description, z.object({ error: z.object({ code: z.enum(codes), message: z.string() }) }));
}

/** An answer of API Gateway's own. */
function fromGateway(description: string) {
  return answer(`API Gateway: ${description}`, z.object({ message: z.string() }));
}

/** What can come of every request. */
const always = {
  429: fromGateway("there are more requests than it may pass on."),
  431: { description: "API Gateway: path and headers have more than 10,240 bytes." },
  500: refusal("Something went wrong; the message has the request id.", "internal_error"),
  503: fromGateway("the API did not answer within 30 seconds."),
};

const unknownDocument = refusal("There is no such document.", "unknown_document");
const invalidName = refusal("No document can have this name.", "invalid_name", "invalid_path");

export const health = createRoute({
  method: "get",
  path: "/health",
  summary: "What runs here",
  responses: {
    200: answer(
      "The environment this API serves, and what runs there.",
      z.object({
        status: z.literal("ok"),
        environment: z.string(),
        commit: z.string().openapi({ description: "The commit that was delivered." }),
        versionCommit: z
          .string()
          .openapi({ description: "The commit that last changed the code or the configuration that runs." }),
        version: z.string().optional().openapi({ description: "The version of the function that answers." }),
      }),
    ),
    ...always,
  },
});

export const description = createRoute({
  method: "get",
  path: "/openapi.json",
  summary: "This description",
  responses: {
    200: answer("What you are reading.", z.object({ openapi: z.string() }).loose()),
    ...always,
  },
});

export const listDocuments = createRoute({
  method: "get",
  path: "/documents",
  summary: "Documents in the order of their names' bytes, page by page",
  request: { query: pageQuery },
  responses: {
    200: answer(
      "A page. With a cursor when there are more.",
      z.object({
        documents: z.array(
          z.object({ name: z.string(), size: z.number().int().nonnegative(), lastModified: time }),
        ),
        cursor: z.string().optional(),
      }),
    ),
    400: refusal("There is no such page.", "invalid_query", "invalid_cursor"),
    ...always,
  },
});

const stored = z.object({
  name: z.string(),
  size: z.number().int().nonnegative(),
  contentType: z.string(),
});

export const putDocument = createRoute({
  method: "put",
  path: "/documents/{name}",
  summary: "Stores a document, in place of the one with the same name if there is one",
  request: {
    params: documentParameters,
    body: {
      description: `Up to ${MAX_DOCUMENT_BYTES} bytes of any content. Its Content-Type is kept, application/octet-stream unless it is given. Text and JSON must be UTF-8.`,
      content: sentContent,
    },
  },
  responses: {
    200: answer("It was replaced.", stored),
    201: answer("It is new.", stored),
    400: refusal(
      "It cannot be stored like this.",
      "invalid_name",
      "invalid_path",
      "invalid_content_type",
      "invalid_text",
    ),
    413: refusal("It is too large.", "document_too_large"),
    ...always,
  },
});

export const getDocument = createRoute({
  method: "get",
  path: "/documents/{name}",
  summary: "A document's content",
  request: { params: documentParameters },
  responses: {
    200: { description: "The content, with the type it was stored with.", content: anyContent },
    400: invalidName,
    404: unknownDocument,
    413: refusal("It is larger than this API returns; read it from the bucket.", "document_too_large"),
    ...always,
  },
});

export const deleteDocument = createRoute({
  method: "delete",
  path: "/documents/{name}",
  summary: "Deletes a document and what was recorded about it",
  request: { params: documentParameters },
  responses: {
    204: { description: "It is gone." },
    400: refusal("No document can have this name.", "invalid_name", "invalid_path", "invalid_text"),
    404: unknownDocument,
    ...always,
  },
});

export const getMetadata = createRoute({
  method: "get",
  path: "/documents/{name}/metadata",
  summary: "What was recorded about a document's content",
  request: { params: documentParameters },
  responses: {
    200: answer("The record.", documentRecord.omit({ etag: true, sequencer: true })),
    400: invalidName,
    404: refusal(
      "There is no such document, or it is not processed yet.",
      "unknown_document",
      "not_processed",
    ),
    ...always,
  },
});
