import { S3Client } from "@aws-sdk/client-s3";
import { allBranches, deleteStates } from "../../../tasks/branches/stacks";
import { describe as inWords } from "../../../tasks/cli/env";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
let s3: S3Client;

beforeAll(async () => {
  aws = await awsOfThisProcess();
  s3 = new S3Client({ forcePathStyle: true });
});
afterAll(() => {
  s3.destroy();
  aws.stop();
});

const state = (resources: object[], outputs = {}) =>
  JSON.stringify({ version: 4, serial: 1, lineage: "one", resources, outputs });
const bucket = { type: "aws_s3_bucket", name: "documents", instances: [{}] };

const listing = (keys: readonly string[]) =>
  `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}</ListBucketResult>`;

describe("the stacks of branches", () => {
  it("are found by their states, with the branch that their settings name, in the order of removal", async () => {
    const parameters = [
      { Name: "/hw_develop/pipeline_githubBranch", Value: "develop", LastModifiedDate: 1_700_000_000 },
      { Name: "/hw_develop/pipeline_environment", Value: "dev" },
    ];
    aws.answer = ({ operation, input }) => {
      if (operation === "GetParameters")
        return {
          body: { Parameters: parameters.filter(({ Name }) => (input.Names as string[]).includes(Name)) },
        };
      if (!String(input.path).includes("list-type"))
        return { body: state([bucket], { api_url: { value: "https://a", type: "string" } }) };
      // What is no state is not one: a lock, and an object further down.
      const stacks = ["state.tfstate", "service-dev.tfstate", "pipeline.tfstate", "pipeline.tfstate.tflock"];
      return {
        body: listing([
          ...stacks.map((one) => `hw_develop/${one}`),
          "hw_x_1a2b3c4d/state.tfstate",
          "hw_y/a/b.tfstate",
        ]),
      };
    };
    const since = new Date(1_700_000_000_000);
    aws.calls.length = 0;
    const all = await allBranches(s3, settingsWith());
    // Not the states of the pipeline itself, which are in hw/.
    expect(String(aws.calls[0]?.input.path)).toMatch(/[?&]prefix=hw_(&|$)/);
    expect(all).toEqual([
      {
        ...{ name: "hw_develop", branch: "develop", environment: "dev", since, address: "https://a" },
        stacks: ["pipeline", "service-dev", "state"],
      },
      { name: "hw_x_1a2b3c4d", stacks: ["state"] },
    ]);
    expect(all.map((one) => inWords(one, new Set(["main"])))).toEqual([
      "develop: dev, since 2023-11-14T22:13:20.000Z, https://a, delivered by hw_develop-pipeline, its branch is not on origin",
      "hw_x_1a2b3c4d: created in part; run npm run env -- up or down for its branch",
    ]);
  });
});

describe("the states of a branch", () => {
  it.each([
    ["knows a resource", state([bucket])],
    ["cannot be read", "{"],
  ])("are kept while one of them %s", async (_, text) => {
    aws.calls.length = 0;
    aws.answer = () => ({ body: text });
    const stacks = { name: "hw_develop", stacks: ["service-dev"] };
    await expect(deleteStates(s3, "states", stacks)).rejects.toThrow(
      "The state of service-dev in s3://states/hw_develop/ is not empty, so it was kept.",
    );
    expect(aws.calls.map(({ operation }) => operation)).toEqual(["GET"]);
  });

  it("are deleted with all versions and markers, until the bucket lists no more", async () => {
    const version = (tag: string, key: string) =>
      `<${tag}><Key>hw_a/${key}</Key><VersionId>1</VersionId></${tag}>`;
    const pages = [
      version("Version", "state.tfstate") + version("DeleteMarker", "service-dev.tfstate"),
      version("DeleteMarker", "state.tfstate.tflock"),
      "",
    ];
    const send = jest.spyOn(s3, "send");
    aws.calls.length = 0;
    aws.answer = ({ operation, input }) => {
      if (operation === "POST") return { body: "<DeleteResult/>" };
      if (String(input.path).includes("versions"))
        return { body: `<ListVersionsResult>${pages.shift()}</ListVersionsResult>` };
      return { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" };
    };
    await deleteStates(s3, "states", { name: "hw_a", stacks: ["state", "service-dev"] });
    const deleted = send.mock.calls.flatMap(([{ input }]) => ("Delete" in input ? [input.Delete] : []));
    send.mockRestore();
    const object = (key: string) => ({ Key: `hw_a/${key}`, VersionId: "1" });
    expect(deleted).toEqual([
      { Objects: [object("state.tfstate"), object("service-dev.tfstate")], Quiet: true },
      { Objects: [object("state.tfstate.tflock")], Quiet: true },
    ]);
    expect(pages).toEqual([]);
    const listed = aws.calls
      .map(({ input }) => String(input.path))
      .filter((path) => path.includes("versions"));
    expect(listed).toHaveLength(3);
    // Other branches and the pipeline have their states in the same bucket.
    for (const path of listed) expect(path).toMatch(/[?&]prefix=hw_a%2F(&|$)/);
  });

  it("are reported if S3 does not delete one", async () => {
    aws.answer = ({ operation, input }) => {
      if (operation === "POST")
        return {
          body: "<DeleteResult><Error><Key>hw_a/state.tfstate</Key><Message>no</Message></Error></DeleteResult>",
        };
      if (String(input.path).includes("versions"))
        return {
          body: "<ListVersionsResult><Version><Key>hw_a/state.tfstate</Key><VersionId>1</VersionId></Version></ListVersionsResult>",
        };
      return { body: state([]) };
    };
    await expect(deleteStates(s3, "states", { name: "hw_a", stacks: ["state"] })).rejects.toThrow(
      "s3://states/hw_a/state.tfstate could not be deleted: no",
    );
  });
});
