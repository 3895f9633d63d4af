import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { AwsError } from "./aws-error";
import { readBody } from "./body";

/** More than a name or an ARN needs. */
const BODY_LIMIT = 4096;

/** What a user asks of the rehearsal itself, in the place of the console or of time. */
export interface UserRequest<T> {
  readonly path: string;
  readonly body: z.ZodType<T>;
  /** The body as a message shows it, such as `{"ConnectionArn": "…"}`. */
  readonly example: string;
  /** Returns the JSON of the answer. @throws AwsError */
  readonly act: (body: T) => object | Promise<object>;
}

/** Whether a request has the path of a user's request. */
export function isForUser({ path }: Pick<UserRequest<never>, "path">, request: IncomingMessage): boolean {
  return request.method === "POST" && request.url === path;
}

/** Answers a user's request. Never throws. */
export async function answerUser<T>(
  { body, example, act }: UserRequest<T>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // A browser sends this content type to another origin only if CORS allows it.
    if (!request.headers["content-type"]?.startsWith("application/json")) {
      throw new AwsError("ValidationException", "The Content-Type must be application/json", 415);
    }
    const { data } = body.safeParse(parse(await readBody(request, BODY_LIMIT)));
    if (data === undefined) throw new AwsError("ValidationException", `The body must be ${example}`);
    answer(response, 200, await act(data));
  } catch (error) {
    const { name, message } = error as Error;
    answer(response, error instanceof AwsError ? error.statusCode : 400, { __type: name, message });
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    // The body may not have been read completely.
    ...(status !== 200 && { Connection: "close" }),
  });
  response.end(text);
}
