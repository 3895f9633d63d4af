import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { S3Client } from "@aws-sdk/client-s3";
import {
  readLocks,
  refuseWhileBuilding,
  removeLock,
  runningBuilds,
  type StateLock,
} from "../../../tasks/terraform/state-locks";
import { awsOfThisProcess, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";

let aws: AwsStandIn;
let s3: S3Client;
let codebuild: CodeBuildClient;

beforeAll(async () => {
  aws = await awsOfThisProcess();
  s3 = new S3Client({ forcePathStyle: true });
  codebuild = new CodeBuildClient();
});
afterAll(() => {
  s3.destroy();
  codebuild.destroy();
  aws.stop();
});
beforeEach(() => {
  aws.calls.length = 0;
});

const lockOf = (ID: string, more: object = {}) =>
  JSON.stringify({
    ID,
    Operation: "OperationTypeApply",
    Who: "ada@workstation",
    Created: "2027-01-01T00:00:00Z",
    Info: "",
    ...more,
  });
const gone: Reply = { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" };

/** The bucket has these objects; one without a text was removed since it was listed. */
function holds(objects: Readonly<Record<string, string | undefined>>): void {
  const keys = Object.keys(objects).map((key) => `<Contents><Key>${key}</Key></Contents>`);
  aws.answer = ({ operation, input }) => {
    if (operation === "DELETE") return { status: 204 };
    const path = String(input.path);
    if (path.includes("list-type")) return { body: `<ListBucketResult>${keys.join("")}</ListBucketResult>` };
    const body = objects[path.replace(/^\/states\//, "").replace(/\?.*/, "")];
    return body === undefined ? gone : { body };
  };
}

describe("the locks of a pipeline's stacks", () => {
  const read = () => readLocks(s3, "states", "hw");

  it("are those beside its states", async () => {
    holds({
      "hw/pipeline.tfstate": "a state",
      "hw/pipeline.tfstate.tflock": lockOf("1"),
      "hw/service-dev.tfstate.tflock": lockOf("2", { Operation: "OperationTypePlan" }),
      "hw/service-prod.tfstate.tflock": undefined,
      "hw/other.tflock": lockOf("3"),
    });
    const lock = { operation: "OperationTypeApply", who: "ada@workstation", since: "2027-01-01T00:00:00Z" };
    expect(await read()).toEqual([
      { ...lock, stack: "pipeline", key: "hw/pipeline.tfstate.tflock", id: "1" },
      {
        ...lock,
        stack: "service-dev",
        key: "hw/service-dev.tfstate.tflock",
        id: "2",
        operation: "OperationTypePlan",
      },
    ]);
    expect(String(aws.calls[0]?.input.path)).toMatch(/[?&]prefix=hw%2F$/);
  });

  it.each(["", "no JSON", "{}", lockOf("1", { Who: 1 })])("are an error where one is %j", async (text) => {
    holds({ "hw/pipeline.tfstate.tflock": text });
    await expect(read()).rejects.toThrow(
      "s3://states/hw/pipeline.tfstate.tflock is not a Terraform lock. Look at it yourself.",
    );
  });

  it("are unknown where S3 fails", async () => {
    holds({ "hw/pipeline.tfstate.tflock": "" });
    const { answer } = aws;
    aws.answer = (call) =>
      String(call.input.path).includes("tflock")
        ? { status: 403, body: "<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>" }
        : answer(call);
    await expect(read()).rejects.toThrow("not authorized");
  });
});

describe("removing a lock", () => {
  const lock: StateLock = {
    stack: "pipeline",
    key: "hw/pipeline.tfstate.tflock",
    id: "1",
    operation: "OperationTypeApply",
    who: "ada@workstation",
    since: "2027-01-01T00:00:00Z",
  };
  const deleted = () => aws.calls.filter(({ operation }) => operation === "DELETE");

  it("deletes the object of the lock that was shown", async () => {
    holds({ [lock.key]: lockOf("1") });
    expect(await removeLock(s3, "states", lock)).toBe(true);
    expect(deleted()).toEqual([
      { operation: "DELETE", input: { path: expect.stringContaining(`/states/${lock.key}`) as string } },
    ]);
  });

  it.each([
    ["replaced", lockOf("2")],
    ["released", undefined],
  ])("deletes nothing if it was %s since", async (_, text) => {
    holds({ [lock.key]: text });
    expect(await removeLock(s3, "states", lock)).toBe(false);
    expect(deleted()).toEqual([]);
  });
});

describe("the builds in progress", () => {
  const tagged = (name: string, stack: string) => ({
    name,
    tags: [
      { key: "other", value: "x" },
      { key: "deploys", value: stack },
    ],
  });

  /** CodeBuild has these projects, on two pages, and these builds of each that has any. */
  function has(projects: readonly { name: string }[], builds: Readonly<Record<string, object[]>>): void {
    const half = Math.ceil(projects.length / 2);
    const all = Object.values(builds).flat() as { id: string }[];
    aws.answer = ({ operation, input }: Call): Reply => {
      const names = input.names as string[];
      switch (operation) {
        case "ListProjects":
          return {
            body: input.nextToken
              ? { projects: projects.slice(half).map(({ name }) => name) }
              : { projects: projects.slice(0, half).map(({ name }) => name), nextToken: "2" },
          };
        case "BatchGetProjects":
          return { body: { projects: projects.filter(({ name }) => names.includes(name)) } };
        case "ListBuildsForProject":
          return {
            body: { ids: (builds[String(input.projectName)] as { id: string }[])?.map(({ id }) => id) },
          };
        default:
          return { body: { builds: all.filter(({ id }) => (input.ids as string[]).includes(id)) } };
      }
    };
  }

  it("are those of the stack's projects that deploy, with the stack that each deploys", async () => {
    has(
      [
        tagged("hw-DeployOnDev", "service-dev"),
        { name: "hw-UnitTest" },
        tagged("hw-SelfUpdate", "pipeline"),
        tagged("other-DeployOnDev", "service-dev"),
        tagged("hw-DeployOnProd", "service-prod"),
      ],
      {
        "hw-DeployOnDev": [
          { id: "hw-DeployOnDev:2", buildStatus: "IN_PROGRESS", startTime: 1798761600 },
          { id: "hw-DeployOnDev:1", buildStatus: "SUCCEEDED" },
        ],
        "hw-SelfUpdate": [{ id: "hw-SelfUpdate:1", buildStatus: "FAILED" }],
        "hw-UnitTest": [{ id: "hw-UnitTest:1", buildStatus: "IN_PROGRESS" }],
        "other-DeployOnDev": [{ id: "other-DeployOnDev:1", buildStatus: "IN_PROGRESS" }],
      },
    );
    expect(await runningBuilds(codebuild, "hw")).toEqual([
      { id: "hw-DeployOnDev:2", stack: "service-dev", since: new Date(1798761600_000) },
    ]);
    const inputs = (name: string) =>
      aws.calls.filter(({ operation }) => operation === name).map(({ input }) => input);
    expect(inputs("ListBuildsForProject")[0]).toEqual({
      projectName: "hw-DeployOnDev",
      sortOrder: "DESCENDING",
    });
    // A project without builds is not asked for them.
    expect(inputs("BatchGetBuilds")).toHaveLength(2);
  });

  it("are found among more than a hundred projects, and in the latest ten builds of each", async () => {
    const projects = Array.from({ length: 101 }, (_, index) => tagged(`hw-${index}`, "pipeline"));
    const builds = Array.from({ length: 11 }, (_, index) => ({
      id: `hw-100:${index}`,
      buildStatus: "IN_PROGRESS",
    }));
    has(projects, { "hw-100": builds });
    expect((await runningBuilds(codebuild, "hw")).map(({ id }) => id)).toEqual(
      builds.slice(0, 10).map(({ id }) => id),
    );
    const asked = aws.calls.filter(({ operation }) => operation === "BatchGetProjects");
    expect(asked.map(({ input }) => (input.names as string[]).length)).toEqual([100, 1]);
  });

  it("are none where CodeBuild answers with nothing", async () => {
    aws.answer = () => ({ body: {} });
    expect(await runningBuilds(codebuild, "hw")).toEqual([]);
    has([tagged("hw-DeployOnDev", "service-dev")], {});
    expect(await runningBuilds(codebuild, "hw")).toEqual([]);
  });
});

describe("refuseWhileBuilding", () => {
  const build = { id: "hw-DeployOnDev:1", stack: "service-dev", since: undefined };

  it("throws for a build on the stack, and says how to stop it", () => {
    expect(() =>
      refuseWhileBuilding("Not removed", "service-dev", [{ ...build, stack: "pipeline" }, build]),
    ).toThrow(
      "Not removed: build hw-DeployOnDev:1 works on service-dev. Wait until it has finished, or stop it (aws codebuild stop-build --id hw-DeployOnDev:1), and try again.",
    );
  });

  it("does not throw for builds on other stacks", () => {
    expect(() => refuseWhileBuilding("Not removed", "service-prod", [build])).not.toThrow();
  });
});
