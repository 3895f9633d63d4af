import type { components, operations } from "@octokit/openapi-types";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";

/** Types of GitHub's REST API from its OpenAPI description, so that a difference does not compile. */
export type Schemas = components["schemas"];

/** An operation by its name there, such as `repos/get`. */
export type Operation = keyof operations;

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;

/** The answer to an operation with a status. */
export type Answer<O extends Operation, S extends keyof operations[O]["responses"]> = Json<
  operations[O]["responses"][S]
>;

/** What a request of an operation carries. */
export type Request<O extends Operation> = operations[O] extends { requestBody?: infer Body }
  ? NonNullable<Json<NonNullable<Body>>>
  : never;

/** Answers as GitHub describes it. */
export function reply<O extends Operation, S extends keyof operations[O]["responses"] & ContentfulStatusCode>(
  context: Context,
  _operation: O,
  status: S,
  body: Answer<O, S>,
): Response {
  return context.json(body as object, status);
}

/** A schema that takes members which GitHub describes for the operation's requests, and of those types only. */
export function requestOf<O extends Operation>() {
  return <S extends z.ZodType<unknown, Partial<Request<O>>>>(
    schema: Exclude<keyof z.input<S>, keyof Request<O>> extends never ? S : never,
  ): S => schema;
}
