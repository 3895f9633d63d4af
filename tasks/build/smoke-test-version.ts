import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodePipelineClient, GetPipelineStateCommand } from "@aws-sdk/client-codepipeline";
import { GetAliasCommand, InvokeCommand, LambdaClient, UpdateAliasCommand } from "@aws-sdk/client-lambda";
import { randomUUID } from "node:crypto";
import { waitForAlarms } from "../releases/alarms";
import { LIVE } from "../releases/releases";

/** What a function is called with to try it, and what is wrong with its answer, if anything. */
interface Trial {
  readonly what: string;
  readonly event: () => object;
  problem(answer: unknown): string | undefined;
}

interface HttpAnswer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export type Kind = keyof typeof trials;

const trials = {
  request: {
    what: "GET /health",
    event: healthRequest,
    problem: (answer) => {
      const { statusCode, body = "", isBase64Encoded } = (answer ?? {}) as HttpAnswer;
      const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
      return statusCode === 200 ? undefined : `it answers ${statusCode}: ${text}`;
    },
  },
  event: {
    what: "the event of a document that is not there any more",
    event: lostDocument,
    problem: () => undefined,
  },
} satisfies Record<string, Trial>;

/**
 * Calls a version of a function that nobody else calls yet.
 *
 * @throws Error when it cannot start, fails, takes longer than it may, or does not answer as it should
 */
export async function tryVersion(
  lambda: LambdaClient,
  name: string,
  version: string,
  kind: Kind,
): Promise<void> {
  const { what, event, problem } = trials[kind];
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Qualifier: version, Payload: JSON.stringify(event()) }),
  );
  const text = Buffer.from(Payload ?? "").toString();
  const answer: unknown = text === "" ? undefined : JSON.parse(text);
  const failure = FunctionError ? `it fails with ${describe(answer)}` : problem(answer);
  if (failure === undefined) return;
  throw new Error(
    `Version ${version} of ${name} gets no traffic: tried with ${what}, ${failure}\nIts log is /aws/lambda/${name}.`,
  );
}

/**
 * Tries a version if it is not the live one. An alias that a broken-off rollout has left with two versions gets
 * back its main one: CodePipeline takes no alias that is divided.
 *
 * @param isReleasing whether a rollout is under way, which divides the alias for good reason
 * @returns whether traffic has to be moved to it: `none` where it is live already
 */
export async function prepareRelease(
  lambda: LambdaClient,
  name: string,
  version: string,
  kind: Kind,
  isReleasing: () => Promise<boolean>,
): Promise<"needed" | "none"> {
  const alias = { FunctionName: name, Name: LIVE };
  const { FunctionVersion, RoutingConfig, RevisionId } = await lambda.send(new GetAliasCommand(alias));
  if (RoutingConfig?.AdditionalVersionWeights && !(await isReleasing())) {
    await lambda.send(
      new UpdateAliasCommand({ ...alias, RoutingConfig: { AdditionalVersionWeights: {} }, RevisionId }),
    );
    console.error(
      `A rollout was broken off: all traffic of ${name} goes to version ${FunctionVersion} again.`,
    );
  }
  if (FunctionVersion === version) return "none";
  await tryVersion(lambda, name, version, kind);
  return "needed";
}

/** Whether a stage of a pipeline moves traffic. It does not while this runs in the stage before. */
export async function isReleasing(client: CodePipelineClient, pipelineName: string): Promise<boolean> {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates.some(
    ({ stageName, latestExecution }) =>
      stageName?.startsWith("Release") && latestExecution?.status === "InProgress",
  );
}

function describe(error: unknown): string {
  const { errorType, errorMessage } = (error ?? {}) as { errorType?: string; errorMessage?: string };
  return [errorType, errorMessage].filter(Boolean).join(": ") || JSON.stringify(error);
}

/** As an HTTP API sends it, payload format 2.0. */
function healthRequest(): object {
  const [path, method] = ["/health", "GET"];
  return {
    version: "2.0",
    routeKey: "$default",
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
  };
}

/** As S3 sends it when a document is stored; late, since no document has that name. */
function lostDocument(): object {
  return {
    Records: [
      {
        eventName: "ObjectCreated:Put",
        eventTime: new Date().toISOString(),
        s3: { object: { key: `documents/${randomUUID()}`, sequencer: "0" } },
      },
    ],
  };
}

/**
 * The bootstrap level from which on the pipeline's role has all permissions that a release needs, without which AWS
 * refuses it. A test compares it with the role.
 */
const LOGS_RELEASES = 1;

/**
 * Whether the deployed pipeline is allowed to release a version: one from before that level is not, until bootstrap.
 *
 * @param level the level that was bootstrapped; undefined in a pipeline from before there were levels
 */
export function mayRelease(level: string | undefined): boolean {
  return Number(level || 0) >= LOGS_RELEASES;
}

async function prepare(name: string, version: string, kind: Kind): Promise<void> {
  // CodeBuild names who started it: `codepipeline/<pipeline>`.
  const pipeline = (process.env.CODEBUILD_INITIATOR ?? "").replace(/^codepipeline\//, "");
  const release = await prepareRelease(new LambdaClient(), name, version, kind, () =>
    isReleasing(new CodePipelineClient(), pipeline),
  );
  // What is written to the output is the value of a variable.
  if (release === "none") {
    console.error(`Version ${version} of ${name} is already live.`);
    console.log(release);
    return;
  }
  if (!mayRelease(process.env.pipeline_bootstrap_level)) {
    console.error(
      `Version ${version} of ${name} is healthy and waits: this pipeline is not allowed to log its release. ` +
        "Run `npm run bootstrap`; the next run of the pipeline releases it. The previous version stays live.",
    );
    console.log("none");
    return;
  }
  await waitForAlarms(new CloudWatchClient(), name, version);
  console.error(`Version ${version} of ${name} is healthy: traffic can be moved to it.`);
  console.log(release);
}

if (require.main === module) {
  const [name = "", version = "", kind = ""] = process.argv.slice(2);
  prepare(name, version, kind as Kind).catch((error: Error) => {
    console.error(`${error.message}\nThe previous version stays live. Fix the version in a new commit.`);
    process.exitCode = 1;
  });
}
