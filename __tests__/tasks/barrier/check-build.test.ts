import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { definitionDigest } from "../../../stacks/pipeline/definition";
import type { JsonObject } from "../../../stacks/stack-json";
import { LIMITS, main } from "../../../tasks/barrier/check-build";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { environment } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";
import { changed, pipelineJson, serviceJson } from "./synthesized-stacks";

const [pipeline, dev, prod] = [pipelineJson(), serviceJson("dev"), serviceJson("prod")];

/** An attempt of an action in the run, as CodePipeline lists it. */
interface Attempt {
  readonly actionName: string;
  readonly status: string;
  readonly output?: { readonly outputVariables?: Readonly<Record<string, string>> };
}

let aws: AwsStandIn;
/** The artifact, beside where the findings go. */
let root: string;
let digest: string;
/** What the account has. */
let attempts: Attempt[];
let deployed: JsonObject | undefined;
let message: string;
let printed: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "check-build-"));
  aws = await awsOfThisProcess();
  aws.answer = answer;
  Object.assign(process.env, environment, {
    CODEBUILD_INITIATOR: "codepipeline/hw-pipeline",
    PIPELINE_EXECUTION_ID: "an-execution",
    CODEBUILD_SRC_DIR: join(root, "artifact"),
  });
  printed = [];
  jest.spyOn(console, "error").mockImplementation((line: string) => void printed.push(line));
  await artifact({});
  [deployed, message] = [pipeline, "Make it faster\n\nBecause."];
});
afterEach(() => {
  jest.restoreAllMocks();
  aws.stop();
  rmSync(root, { recursive: true });
});

/** Writes what UnitTest made, and has it export the digest. */
async function artifact(changes: {
  pipeline?: JsonObject;
  dev?: JsonObject;
  prod?: JsonObject;
}): Promise<void> {
  const stacks = { pipeline, "service-dev": changes.dev ?? dev, "service-prod": changes.prod ?? prod };
  for (const [id, json] of Object.entries({ ...stacks, pipeline: changes.pipeline ?? pipeline })) {
    const file = join(root, "artifact/cdktf.out/stacks", id, "cdk.tf.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(json));
  }
  digest = await folderDigest(join(root, "artifact"));
  attempts = [unitTest("Succeeded", digest)];
}

function unitTest(status: string, BUILD_DIGEST: string): Attempt {
  return { actionName: "UnitTest", status, output: { outputVariables: { BUILD_DIGEST } } };
}

/** An account in which no role of the stacks is deployed. */
function answer({ operation, input }: Call): Reply {
  switch (operation) {
    case "ListActionExecutions":
      return { body: { actionExecutionDetails: attempts } };
    case "GetPipelineExecution":
      return { body: { pipelineExecution: { artifactRevisions: [{ revisionSummary: message }] } } };
    case "GetCallerIdentity":
      return {
        body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/a/b</Arn>
          </GetCallerIdentityResult></GetCallerIdentityResponse>`,
      };
    case "GetRole":
      return { status: 404, body: "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>" };
    case "GET":
      expect(input.path).toMatch(/^\/acme-heavy-water-artifacts-state\/hw\/.*\?x-id=GetObject$/);
      return deployed === undefined
        ? { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" }
        : { body: JSON.stringify(deployed) };
    default:
      throw new Error(`Unexpected operation ${operation}.`);
  }
}

async function findings(): Promise<Record<string, string>> {
  const folder = join(root, "findings");
  await main(folder);
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
}

const asked = (operation: string) => aws.calls.filter((call) => call.operation === operation);

it("check-build writes a file for each finding", async () => {
  await expect(findings()).resolves.toEqual({
    BUILD_DIGEST: digest,
    ADDED_PERMISSIONS: "none",
    PIPELINE_DIGEST: definitionDigest(pipeline),
    PIPELINE_CHANGE: "none",
    PIPELINE_CHANGED: "no",
    SUBJECT: "Make it faster",
  });
  expect(printed).toEqual([]);
});

it("check-build asks CodePipeline about its own execution, which CodeBuild names", async () => {
  await findings();
  const run = { pipelineName: "hw-pipeline", pipelineExecutionId: "an-execution" };
  expect(asked("GetPipelineExecution").map(({ input }) => input)).toEqual([run]);
  expect(asked("ListActionExecutions").map(({ input }) => input)).toEqual([
    { pipelineName: "hw-pipeline", filter: { pipelineExecutionId: "an-execution" } },
  ]);
});

describe("the artifact", () => {
  it("is compared with the export of the last successful attempt of UnitTest only", async () => {
    const other = { BUILD_DIGEST: "0".repeat(64) };
    attempts = [
      { actionName: "CheckBuild", status: "Succeeded", output: { outputVariables: other } },
      unitTest("Failed", other.BUILD_DIGEST),
      unitTest("Succeeded", digest),
      unitTest("Succeeded", other.BUILD_DIGEST),
    ];
    await expect(findings()).resolves.toMatchObject({ BUILD_DIGEST: digest });
  });

  it.each<[string, () => Attempt[], string]>([
    [
      "of another digest",
      () => [unitTest("Succeeded", "0".repeat(64)), unitTest("Succeeded", digest)],
      "0".repeat(64),
    ],
    ["of which UnitTest exported something else", () => [unitTest("Succeeded", `${digest}\n`)], "none"],
    ["whose digest has something in front of it", () => [unitTest("Succeeded", `x${digest}`)], "none"],
    ["without a digest", () => [{ actionName: "UnitTest", status: "Succeeded" }], "none"],
    [
      "of which UnitTest exported nothing",
      () => [{ actionName: "UnitTest", status: "Succeeded", output: {} }],
      "none",
    ],
    ["of an attempt that failed", () => [unitTest("Failed", digest)], "none"],
    ["of another action", () => [{ ...unitTest("Succeeded", digest), actionName: "UnitTest2" }], "none"],
    ["that no action has made", () => [], "none"],
  ])("%s is refused before anything in it is read", async (_, given, exported) => {
    attempts = given();
    writeFileSync(join(root, "artifact/cdktf.out/stacks/pipeline/cdk.tf.json.bak"), "");
    const found = await folderDigest(join(root, "artifact"));
    attempts = attempts.map((one) => JSON.parse(JSON.stringify(one).replaceAll(digest, found)) as Attempt);
    await expect(findings()).rejects.toThrow(
      `is not the one that UnitTest of this run made: its digest is ${found}, and UnitTest exported ${exported}. Nothing was deployed. ` +
        "Another build has overwritten it, or the bucket is not what it was: find out which before you start the " +
        "pipeline again.",
    );
    expect(aws.calls.map(({ operation }) => operation)).toEqual(["ListActionExecutions"]);
    expect(existsSync(join(root, "findings"))).toBe(false);
  });

  it("is refused if CodePipeline lists no actions", async () => {
    const before = aws.answer;
    aws.answer = (call) => (call.operation === "ListActionExecutions" ? { body: {} } : before(call));
    await expect(findings()).rejects.toThrow("UnitTest exported none");
  });
});

describe("the stacks", () => {
  const hostile = (json: JsonObject): JsonObject => ({ ...json, module: { x: { source: "./x" } } });

  it.each([
    ["pipeline", { pipeline: hostile(pipeline) }],
    ["service-dev", { dev: hostile(dev) }],
    ["service-prod", { prod: hostile(prod) }],
  ])("are each checked against the allow list: %s", async (id, changes) => {
    await artifact(changes);
    await expect(findings()).rejects.toThrow(
      new RegExp(`The stack ${id} contains items that are not[^]*has "module"`),
    );
    expect(asked("GetRole")).toEqual([]);
  });
});

describe("permissions", () => {
  const policy = (Action: string) =>
    JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action }],
    });

  it("that are added to a role are listed, all in the log and as many as fit in the finding", async () => {
    const before = aws.answer;
    aws.answer = (call) => {
      if (call.input.RoleName !== "hw-dev-api") return before(call);
      const results: Record<string, string> = {
        GetRole: `<Role><AssumeRolePolicyDocument>${encodeURIComponent(policy("sts:AssumeRole"))}</AssumeRolePolicyDocument></Role>`,
        ListRolePolicies: "<PolicyNames></PolicyNames><IsTruncated>false</IsTruncated>",
      };
      return {
        body: `<${call.operation}Response><${call.operation}Result>${results[call.operation]}</${call.operation}Result></${call.operation}Response>`,
      };
    };
    const { ADDED_PERMISSIONS } = await findings();
    expect(ADDED_PERMISSIONS).toMatch(/^hw-dev-\S+ .*; \d+ more in the log of CheckBuild$/);
    expect(printed.length).toBeGreaterThan(5);
    expect(printed).toContain(
      "Added: hw-dev-api: s3:GetObject on arn:aws:s3:::acme-heavy-water-dev/documents/*",
    );
    // Of the other stacks no role is deployed, so nothing is wider.
    expect(printed.filter((line) => !/^Added: hw-dev-\S/.test(line))).toEqual([]);
  });
});

describe("the pipeline's definition", () => {
  it("is compared with the deployed one: all changes are in the log, and as many as fit in the finding", async () => {
    deployed = changed(pipeline, ["resource", "aws_codebuild_project", 0, "description"], "another");
    const { PIPELINE_CHANGE, PIPELINE_CHANGED, PIPELINE_DIGEST } = await findings();
    expect(PIPELINE_CHANGED).toBe("yes");
    expect(PIPELINE_CHANGE).toMatch(/^project .*: description "another" → /);
    expect(PIPELINE_CHANGE!.length).toBeLessThanOrEqual(LIMITS.change);
    expect(printed).toEqual([expect.stringMatching(/^The pipeline: project .*: description "another" → /)]);
    expect(PIPELINE_DIGEST).toBe(definitionDigest(pipeline));
  });

  it("counts as new if none was stored yet", async () => {
    deployed = undefined;
    await expect(findings()).resolves.toMatchObject({
      PIPELINE_CHANGE: "the deployed definition is unknown, so everything can have changed",
      PIPELINE_CHANGED: "yes",
    });
  });

  it("is an error, not a new one, if it cannot be read", async () => {
    const before = aws.answer;
    aws.answer = (call) =>
      call.operation === "GET"
        ? { status: 403, body: "<Error><Code>AccessDenied</Code><Message>denied</Message></Error>" }
        : before(call);
    await expect(findings()).rejects.toThrow("denied");
    aws.answer = (call) => (call.operation === "GET" ? { body: "" } : before(call));
    await expect(findings()).rejects.toThrow("it is not JSON");
  });
});

it("check-build cuts the subject to its share of an approval's text", async () => {
  message = "x".repeat(500);
  const { SUBJECT } = await findings();
  expect(SUBJECT).toHaveLength(LIMITS.subject);
});
