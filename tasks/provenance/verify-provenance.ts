/**
 * Compares what DeployOnProd is about to deploy with what CheckBuild of the same run stated: `node verify-provenance.js`.
 * prepare-stack has compared the artifact with its digest. The statement's digest is a variable of the run, so write
 * access to the bucket is not enough to have another statement verified.
 */
import { S3Client } from "@aws-sdk/client-s3";
import { readSettings, type Settings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { checkedStacks } from "../barrier/checked-stack";
import { byproductDigest, byproducts, type Statement, type Subject } from "./statement";
import { ProvenanceStore } from "./store";
import { subjectsOf } from "./subjects";
import { runProgram } from "../program";

export interface Deployment {
  readonly commit: string;
  /** The digest of the statement. */
  readonly provenance: string;
  /** The artifact of UnitTest, and its digest. */
  readonly artifact: string;
  readonly digest: string;
}

/** @throws Error that lists where the statement and the artifact differ, or that the statement is missing */
export async function verifyProvenance(
  s3: S3Client,
  settings: Settings,
  deployment: Deployment,
): Promise<void> {
  const { commit, provenance, artifact, digest } = deployment;
  if (!/^[0-9a-f]{40}$/.test(commit) || !/^[0-9a-f]{64}$/.test(provenance)) {
    throw new Error(
      "COMMIT and PROVENANCE must name a statement: CheckBuild of this run exports the latter. Nothing was deployed.",
    );
  }
  const store = new ProvenanceStore(s3, namesOf(settings));
  const statement = await store.statement({ commit, digest: provenance });
  const sbom = byproductDigest(statement, byproducts.sbom, "sha256");
  const problems = [
    ...(sbom === undefined ? ["it has no SBOM"] : []),
    ...(byproductDigest(statement, byproducts.artifact, "folderSha256") === digest
      ? []
      : [`it describes another artifact than ${digest}`]),
    ...differences(statement, await subjectsOf(artifact, await checkedStacks(artifact, settings))),
  ];
  if (problems.length > 0) {
    throw new Error(
      `The provenance of ${commit} does not match what would be deployed. Nothing was deployed:\n` +
        problems.map((problem) => `  - ${problem}`).join("\n"),
    );
  }
  await store.checkSbom(sbom!);
}

/** Returns the subjects that differ between the statement and the artifact. */
function differences({ subject }: Statement, found: readonly Subject[]): string[] {
  const [stated, deployed] = [subject, found].map(
    (all) => new Map(all.map(({ name, digest }) => [name, digest.sha256])),
  ) as [Map<string, string>, Map<string, string>];
  return [...new Set([...stated.keys(), ...deployed.keys()])].sort().flatMap((name) => {
    const [one, other] = [stated.get(name), deployed.get(name)];
    return one === other ? [] : [`${name} is ${one ?? "not"} in it, and ${other ?? "not"} in the artifact`];
  });
}

/** Verifies the artifact of this build. */
export async function main(): Promise<void> {
  // Stryker disable next-line StringLiteral: CodeBuild and DeployOnProd set both.
  const { COMMIT, PROVENANCE, PROGRAMS, BUILD_DIGEST = "", CODEBUILD_SRC_DIR: artifact = "" } = process.env;
  // A pipeline from before programs were pinned has no step that writes a statement.
  if (!PROGRAMS) return;
  // Stryker disable next-line StringLiteral: whatever is no commit or no digest is refused.
  const deployment = { commit: COMMIT ?? "", provenance: PROVENANCE ?? "", artifact, digest: BUILD_DIGEST };
  await verifyProvenance(new S3Client(), readSettings(), deployment);
  console.log(`What is deployed is what CheckBuild stated of commit ${COMMIT}.`);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(main);
