import type { ContentfulStatusCode } from "hono/utils/http-status";

/** A request GitHub would refuse: becomes the answer, in GitHub's shape. */
export class Refusal extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
    readonly errors?: readonly { resource: string; code: string; field?: string; message?: string }[],
  ) {
    super(message);
  }

  get body() {
    return {
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      documentation_url: "https://docs.github.com/rest",
      status: String(this.status),
    };
  }
}

export function notFound(): Refusal {
  return new Refusal(404, "Not Found");
}
