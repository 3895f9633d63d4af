import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { randomUUID } from "node:crypto";
import type { FunctionDefinition, HttpTrigger, ObjectTrigger } from "../../stacks/functions";

type Trigger = FunctionDefinition["trigger"];

/** The invocation of a version that has no traffic yet, and what is wrong with its answer, if anything. */
interface SmokeTest {
  readonly description: string;
  readonly event: object;
  readonly problem: (answer: unknown) => string | undefined;
}

interface HttpAnswer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/**
 * Invokes a version of a function as its trigger does.
 *
 * @throws Error if it does not start, fails, times out or gives a wrong answer
 */
export async function smokeTest(
  lambda: LambdaClient,
  functionName: string,
  version: string,
  trigger: Trigger,
): Promise<void> {
  const { description, event, problem } = trigger.kind === "http" ? request(trigger) : deletedObject(trigger);
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Qualifier: version, Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(Payload ?? "").toString();
  const answer: unknown = text === "" ? undefined : JSON.parse(text);
  const failure = FunctionError ? `it fails with ${describe(answer)}` : problem(answer);
  if (failure === undefined) return;
  throw new Error(
    `Version ${version} of ${functionName} gets no traffic: tested with ${description}, ${failure}\nIts log is /aws/lambda/${functionName}.`,
  );
}

/** The request of the list of functions, as an HTTP API sends it in payload format 2.0. */
function request({ route, smokeTest: { method, path } }: HttpTrigger): SmokeTest {
  return {
    description: `${method} ${path}`,
    event: {
      version: "2.0",
      routeKey: route,
      rawPath: path,
      rawQueryString: "",
      headers: { accept: "application/json" },
      requestContext: {
        http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "smoke-test" },
        requestId: randomUUID(),
        stage: "$default",
        timeEpoch: Date.now(),
      },
      isBase64Encoded: false,
    },
    problem: (answer) => {
      const { statusCode, body = "", isBase64Encoded } = (answer ?? {}) as HttpAnswer;
      const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
      return statusCode === 200 ? undefined : `it answers ${statusCode}: ${text}`;
    },
  };
}

/** The late event of a created object, as S3 sends it. No object has that key. */
function deletedObject({ prefix }: ObjectTrigger): SmokeTest {
  return {
    description: "the event of an object that does not exist any more",
    event: {
      Records: [
        {
          eventName: "ObjectCreated:Put",
          eventTime: new Date().toISOString(),
          s3: { object: { key: `${prefix}${randomUUID()}`, sequencer: "0" } },
        },
      ],
    },
    problem: () => undefined,
  };
}

function describe(error: unknown): string {
  const { errorType, errorMessage } = (error ?? {}) as { errorType?: string; errorMessage?: string };
  return [errorType, errorMessage].filter(Boolean).join(": ") || JSON.stringify(error);
}
