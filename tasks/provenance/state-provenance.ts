/**
 * States how a commit was built: `node state-provenance.js FOLDER`, after check-build has written its findings as files of
 * that folder. It adds the commit and the digest of the statement.
 */
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { S3Client } from "@aws-sdk/client-s3";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readSettings, type Settings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { checkedStacks } from "../barrier/checked-stack";
import { LOCK_FILE, lockedProviders } from "../barrier/provider-lock";
import { callerLocation } from "../permissions/compare";
import { buildRun, readHistory } from "./build-run";
import { sbomOf } from "./sbom";
import { sha256Of, statementOf, type BuildRun, type Descriptor } from "./statement";
import { ProvenanceStore, type StoredStatement } from "./store";
import { subjectsOf } from "./subjects";
import { runProgram } from "../program";

/** A build that CheckBuild has checked. */
export interface CheckedBuild {
  readonly run: BuildRun;
  /** The artifact of UnitTest, and its digest. */
  readonly artifact: string;
  readonly digest: string;
  /** The folder with the commit's files, as they came from GitHub. */
  readonly source: string;
  /** The URL of the pinned programs, which ends in their digest. */
  readonly programs: string;
}

/** Stores the statement and the SBOM of a commit. */
export async function stateProvenance(
  s3: S3Client,
  settings: Settings,
  { run, artifact, digest, source, programs }: CheckedBuild,
): Promise<StoredStatement> {
  const store = new ProvenanceStore(s3, namesOf(settings));
  const subjects = await subjectsOf(artifact, await checkedStacks(artifact, settings));
  const sbom = await store.putSbom(await sbomOf(source, settings.pipeline_githubRepo));
  return store.putStatement(
    statementOf(run, subjects, await dependenciesOf(source, programs), digest, {
      uri: store.sbomUrl(sbom),
      digest: { sha256: sbom },
    }),
  );
}

/** What a build and a deployment use besides the source: packages, the pinned programs, and Terraform's providers. */
async function dependenciesOf(source: string, programs: string): Promise<Descriptor[]> {
  const packages = await readFile(join(source, "package-lock.json"));
  // The pinned programs are in the current folder.
  const lock = await readFile(LOCK_FILE, "utf8");
  return [
    { name: "package-lock.json", digest: { sha256: sha256Of(packages) } },
    { name: "programs", uri: programs, digest: { sha256: basename(programs, ".zip") } },
    { name: LOCK_FILE, digest: { sha256: sha256Of(lock) } },
    // A provider has an archive for each platform, so it has no single digest.
    ...lockedProviders(lock).map(({ address, version, hashes }) => ({
      name: `${address} ${version}`,
      uri: `https://${address.replace("/", "/providers/")}/${version}`,
      annotations: { hashes },
    })),
  ];
}

/** Writes the statement of the build that CodeBuild's variables name. */
export async function main(findings: string): Promise<void> {
  const { CODEBUILD_INITIATOR = "", PIPELINE_EXECUTION_ID = "", PROGRAMS = "" } = process.env;
  const { CODEBUILD_SRC_DIR: artifact = "", CODEBUILD_SRC_DIR_Source: source = "" } = process.env;
  const run = {
    // Who started the build: `codepipeline/<pipeline>`.
    pipelineName: CODEBUILD_INITIATOR.replace(/^codepipeline\//, ""),
    pipelineExecutionId: PIPELINE_EXECUTION_ID,
  };
  const history = await readHistory(new CodePipelineClient(), run);
  const { partition, region, accountId } = await callerLocation();
  const arn = (resource: string) => `arn:${partition}:codebuild:${region}:${accountId}:${resource}`;
  const { commit, digest } = await stateProvenance(new S3Client(), readSettings(), {
    run: buildRun(run, history, arn),
    artifact,
    digest: await readFile(join(findings, "BUILD_DIGEST"), "utf8"),
    source,
    programs: PROGRAMS,
  });
  await writeFile(join(findings, "COMMIT"), commit);
  await writeFile(join(findings, "PROVENANCE"), digest);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(() => main(process.argv[2] ?? ""));
