import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { main as recordDeployment } from "../../../tasks/provenance/record-deployment";
import { main as stateProvenance } from "../../../tasks/provenance/state-provenance";
import { ProvenanceStore } from "../../../tasks/provenance/store";
import { main as verifyProvenance } from "../../../tasks/provenance/verify-provenance";
import { environment } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";
import { artifact, commit, history, programs, source, state } from "./built-commit";
import { StoredObjects } from "./stored-objects";

let aws: AwsStandIn;
let findings: string;
let built: string;
/** What the bucket has. */
let stored: ReadonlyMap<string, string>;

beforeEach(async () => {
  aws = await awsOfThisProcess();
  aws.answer = answer;
  built = artifact();
  findings = mkdtempSync(join(tmpdir(), "findings-"));
  stored = new Map();
  Object.assign(process.env, environment, {
    CODEBUILD_INITIATOR: "codepipeline/hw-pipeline",
    PIPELINE_EXECUTION_ID: "an-execution",
    CODEBUILD_SRC_DIR: built,
    CODEBUILD_SRC_DIR_Source: source(),
    CODEBUILD_BUILD_ID: "hw-DeployOnProd:1",
    pipeline_bootstrap_level: "2",
    PROGRAMS: programs,
  });
  jest.spyOn(console, "log").mockImplementation();
});
afterEach(() => {
  jest.restoreAllMocks();
  aws.stop();
  rmSync(findings, { recursive: true });
});

function answer({ operation, input }: Call): Reply {
  switch (operation) {
    case "ListActionExecutions": {
      expect(input).toEqual({
        pipelineName: "hw-pipeline",
        filter: { pipelineExecutionId: "an-execution" },
      });
      const { source, unitTest } = history();
      const times = { startTime: 1767323045, lastUpdateTime: 1767323167 };
      return {
        body: {
          actionExecutionDetails: [
            { ...unitTest, ...times, actionName: "UnitTest", status: "Failed" },
            { ...unitTest, ...times, actionName: "UnitTest", status: "Succeeded" },
            { ...source, actionName: "Source1", status: "Succeeded" },
          ],
        },
      };
    }
    case "GetCallerIdentity":
      return {
        body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/a/b</Arn>
          </GetCallerIdentityResult></GetCallerIdentityResponse>`,
      };
    case "GET": {
      const [, key = ""] = /^\/acme-heavy-water-artifacts-state\/(.*)\?/.exec(String(input.path)) ?? [];
      const text = stored.get(key);
      return text === undefined
        ? { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" }
        : { body: text };
    }
    default:
      return {};
  }
}

const written = () =>
  aws.calls.filter(({ operation }) => operation === "PUT").map(({ input }) => String(input.path));
const finding = (name: string) => readFileSync(join(findings, name), "utf8");

it("state-provenance states how a build was made, and writes it to the findings of CheckBuild", async () => {
  writeFileSync(join(findings, "BUILD_DIGEST"), await folderDigest(built));
  await stateProvenance(findings);
  expect(finding("COMMIT")).toBe(commit);
  expect(written()).toEqual([
    expect.stringMatching(
      /^\/acme-heavy-water-artifacts-state\/hw\/provenance\/sbom\/[0-9a-f]{64}\.cdx\.json\?/,
    ),
    expect.stringContaining(`/hw/provenance/${commit}/${finding("PROVENANCE")}.json?`),
  ]);
});

it("state-provenance states nothing about a build that CheckBuild has not checked", async () => {
  await expect(stateProvenance(findings)).rejects.toThrow("BUILD_DIGEST");
  expect(written()).toEqual([]);
});

it("the deployment is verified before, and recorded after", async () => {
  const s3 = new StoredObjects();
  const PROVENANCE = await state(s3, built);
  stored = s3.objects;
  const run = { COMMIT: commit, PROVENANCE, BUILD_DIGEST: await folderDigest(built) };
  Object.assign(process.env, run);
  await verifyProvenance();
  expect(jest.mocked(console.log)).toHaveBeenCalledWith(
    `What is deployed is what CheckBuild stated of commit ${commit}.`,
  );
  const put = jest.spyOn(ProvenanceStore.prototype, "putDeployment");
  await recordDeployment();
  expect(put).toHaveBeenCalledWith(
    { commit, digest: PROVENANCE },
    { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string, build: "hw-DeployOnProd:1" },
  );
  expect(written()).toEqual([expect.stringContaining(`/hw/deployments/${commit}/${PROVENANCE}.json?`)]);

  process.env.BUILD_DIGEST = "0".repeat(64);
  await expect(verifyProvenance()).rejects.toThrow("Nothing was deployed");
});

it("the deployment is neither verified nor recorded in a pipeline without pinned programs", async () => {
  delete process.env.PROGRAMS;
  await verifyProvenance();
  await recordDeployment();
  expect(aws.calls).toEqual([]);
});
