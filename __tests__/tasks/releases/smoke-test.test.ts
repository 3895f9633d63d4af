import type { InvokeCommand, InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { smokeTest } from "../../../tasks/releases/smoke-test";

const http = {
  kind: "http",
  route: "$default",
  smokeTest: { method: "GET", path: "/health" },
} as const;
const objects = { kind: "objects", prefix: "documents/" } as const;
const aborted = "Version 7 of hw-prod-api gets no traffic: tested with ";

/** Tests a version that answers with this. @returns what it was invoked with */
async function invoked(
  trigger: typeof http | typeof objects,
  answer: object | string | undefined,
  more: Partial<InvokeCommandOutput> = {},
) {
  const sent: InvokeCommand["input"][] = [];
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  const Payload = text === undefined ? undefined : Buffer.from(text);
  const send = (command: InvokeCommand) => {
    sent.push(command.input);
    return Promise.resolve({ Payload, ...more });
  };
  await smokeTest({ send } as unknown as LambdaClient, "hw-prod-api", "7", trigger);
  const [{ Payload: event, ...input }] = sent as [InvokeCommand["input"]];
  return {
    ...input,
    event: JSON.parse(event as string) as Record<string, unknown>,
  };
}

describe("a version behind an HTTP API", () => {
  it("is invoked with the request of the list of functions, in payload format 2.0", async () => {
    const { event, ...input } = await invoked(http, { statusCode: 200 });
    expect(input).toEqual({ FunctionName: "hw-prod-api", Qualifier: "7" });
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/health",
      rawQueryString: "",
      headers: { accept: "application/json" },
      requestContext: {
        http: {
          method: "GET",
          path: "/health",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "smoke-test",
        },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        stage: "$default",
        timeEpoch: expect.any(Number) as number,
      },
      isBase64Encoded: false,
    });
  });

  it.each([
    [{ statusCode: 503, body: "busy" }, "it answers 503: busy"],
    [
      {
        statusCode: 500,
        body: Buffer.from("broken").toString("base64"),
        isBase64Encoded: true,
      },
      "it answers 500: broken",
    ],
    [{ statusCode: 204 }, "it answers 204: "],
    [{}, "it answers undefined: "],
    ["", "it answers undefined: "],
    ["null", "it answers undefined: "],
    [undefined, "it answers undefined: "],
  ])("gets no traffic if it answers %j", async (answer, problem) => {
    await expect(invoked(http, answer)).rejects.toThrow(
      new Error(`${aborted}GET /health, ${problem}\nIts log is /aws/lambda/hw-prod-api.`),
    );
  });
});

describe("a version that objects invoke", () => {
  it("is invoked with the event of an object that does not exist", async () => {
    const { event } = await invoked(objects, undefined);
    expect(event).toEqual({
      Records: [
        {
          eventName: "ObjectCreated:Put",
          eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
          s3: {
            object: {
              key: expect.stringMatching(/^documents\/[0-9a-f-]{36}$/) as string,
              sequencer: "0",
            },
          },
        },
      ],
    });
  });

  it("gets traffic whatever it returns", async () => {
    await expect(invoked(objects, { statusCode: 500 })).resolves.toBeDefined();
  });
});

it.each([
  [{ errorType: "Error", errorMessage: "BUCKET is missing" }, "it fails with Error: BUCKET is missing"],
  [{ errorMessage: "Task timed out" }, "it fails with Task timed out"],
  [{ reason: "unknown" }, 'it fails with {"reason":"unknown"}'],
  ["", "it fails with undefined"],
])("a version that fails with %j gets no traffic, whatever its trigger", async (error, problem) => {
  const failed = { FunctionError: "Unhandled" };
  await expect(invoked(http, error, failed)).rejects.toThrow(`${aborted}GET /health, ${problem}\n`);
  await expect(invoked(objects, error, failed)).rejects.toThrow(
    `${aborted}the event of an object that does not exist any more, ${problem}\n`,
  );
});
