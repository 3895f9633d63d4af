import type { IncomingMessage, ServerResponse } from "node:http";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Schemas } from "./described";
import type { Refusal as Refused } from "../request-guard";

/** An error response in GitHub's format. */
export class ApiError extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
    readonly errors?: readonly { resource: string; code: string; field?: string; message?: string }[],
  ) {
    super(message);
  }

  get body(): Schemas["basic-error"] & Partial<Schemas["validation-error"]> {
    return {
      message: this.message,
      ...(this.errors ? { errors: [...this.errors] } : {}),
      documentation_url: "https://docs.github.com/rest",
      status: String(this.status),
    };
  }
}

export function notFound(): ApiError {
  return new ApiError(404, "Not Found");
}

/** Answers with an error in GitHub's format before any route handles the request. */
export function refuseAsGitHub(
  _request: IncomingMessage,
  response: ServerResponse,
  { status, message }: Refused,
): void {
  const text = JSON.stringify(new ApiError(status as ContentfulStatusCode, message).body);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}
