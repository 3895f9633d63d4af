/**
 * Shows how a commit was built and whether it was deployed to production, after a check that nothing of it was changed
 * since:
 *
 *   npm run provenance -- COMMIT             as text; the first digits of a commit will do
 *   npm run provenance -- COMMIT --json      the statements themselves
 */
import { S3Client } from "@aws-sdk/client-s3";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { asName } from "../../stacks/visible-text";
import { identity } from "../account/identity";
import { describeBuilds, type ShownBuild } from "../provenance/describe";
import { byproductDigest, byproducts } from "../provenance/statement";
import { ProvenanceStore, type StoredStatement } from "../provenance/store";
import { runProgram } from "../program";

const USAGE = "Usage: npm run provenance -- COMMIT [--json]";

/** Reads and verifies the builds of a commit, the newest first. @throws Error when there is none, or one was changed */
export async function buildsOf(store: ProvenanceStore, wanted: string): Promise<[string, ShownBuild[]]> {
  if (!/^[0-9a-f]{4,40}$/.test(wanted)) {
    throw new Error(`${asName(wanted)} is not a commit: it takes 4 to 40 of its digits (0-9, a-f). ${USAGE}`);
  }
  const stored = await store.statements(wanted);
  const commits = [...new Set(stored.map(({ commit }) => commit))];
  if (commits.length > 1) {
    throw new Error(
      `More than one commit begins with ${wanted}: give more of it.\n  ${commits.join("\n  ")}`,
    );
  }
  const [commit] = commits;
  if (commit === undefined) {
    throw new Error(
      `No build of commit ${wanted} is known. A build is known once its pipeline has passed CheckBuild.`,
    );
  }
  const builds = await Promise.all(stored.map((one) => read(store, one)));
  return [commit, builds.sort((one, other) => (finished(one) < finished(other) ? 1 : -1))];
}

async function read(store: ProvenanceStore, stored: StoredStatement): Promise<ShownBuild> {
  const statement = await store.statement(stored);
  const sbom = byproductDigest(statement, byproducts.sbom, "sha256") ?? "";
  await store.checkSbom(sbom);
  const deployment = await store.deployment(stored);
  return { url: store.statementUrl(stored), statement, sbom: store.sbomUrl(sbom), deployment };
}

function finished({ statement }: ShownBuild): string {
  return statement.predicate.runDetails.metadata.finishedOn;
}

async function show(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [wanted] = positionals;
  if (wanted === undefined || positionals.length > 1) throw new Error(USAGE);
  loadEnvFile();
  const settings = readSettings();
  await identity();
  const store = new ProvenanceStore(new S3Client(), namesOf(settings));
  const [commit, builds] = await buildsOf(store, wanted);
  console.log(
    values.json ? JSON.stringify({ commit, builds }, undefined, 2) : describeBuilds(commit, builds),
  );
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(show);
