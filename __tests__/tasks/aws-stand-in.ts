import { text } from "node:stream/consumers";
import { serve } from "../support/http";

/** One call of an AWS API: `GetParameter` and its input; of S3 `HEAD` and the path. */
export interface Call {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface AwsStandIn {
  readonly url: string;
  /** Every call so far. */
  readonly calls: Call[];
  /** Decides what the next calls get: JSON for objects, text as it is. */
  answer: (call: Call) => Reply;
  stop: () => void;
}

/** A server on this machine that plays AWS as a test says. */
export async function awsStandIn(): Promise<AwsStandIn> {
  const { server, url } = await serve((request, response) => {
    void text(request).then((body) => {
      const target = request.headers["x-amz-target"];
      const call = target
        ? { operation: String(target).split(".").at(-1)!, input: JSON.parse(body) as Call["input"] }
        : queryCall(new URLSearchParams(body), request.method, request.url);
      standIn.calls.push(call);
      const { status = 200, headers, body: reply = "" } = standIn.answer(call);
      const type = target ? "application/x-amz-json-1.1" : "text/xml";
      response.writeHead(status, { "content-type": type, ...headers });
      response.end(typeof reply === "string" ? reply : JSON.stringify(reply));
    });
  });
  // On a busy machine more than the five seconds can pass between two calls after which a server ends a connection.
  server.keepAliveTimeout = 60_000;
  const standIn: AwsStandIn = {
    url,
    calls: [],
    answer: () => ({}),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return standIn;
}

/** One that the SDK clients of this process talk to, until it is stopped. */
export async function awsOfThisProcess(): Promise<AwsStandIn> {
  const outer = { ...process.env };
  const aws = await awsStandIn();
  const { stop } = aws;
  Object.assign(process.env, environmentFor(aws.url));
  aws.stop = () => {
    stop();
    process.env = outer;
  };
  return aws;
}

function queryCall(form: URLSearchParams, method = "", path = ""): Call {
  const action = form.get("Action");
  return action
    ? { operation: action, input: Object.fromEntries(form) }
    : { operation: method, input: { path } };
}

/** Points SDK clients that are created from the environment to the stand-in only. */
export function environmentFor(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_SESSION_TOKEN: "test",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_MAX_ATTEMPTS: "1",
  };
}
