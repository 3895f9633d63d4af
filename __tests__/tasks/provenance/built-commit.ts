import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { bundlesOf } from "../../../tasks/barrier/checked-stack";
import { buildRun, type Run, type RunHistory } from "../../../tasks/provenance/build-run";
import { stateProvenance } from "../../../tasks/provenance/state-provenance";
import type { JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";
import { pipelineJson, serviceJson } from "../barrier/synthesized-stacks";
import type { StoredObjects } from "./stored-objects";

export const root = join(__dirname, "../../..");
export const settings = settingsWith();
export const commit = "0123456789abcdef0123456789abcdef01234567";
export const programs = `s3://bucket/hw/programs/${"b".repeat(64)}.zip`;
export const run: Run = { pipelineName: "hw-pipeline", pipelineExecutionId: "execution" };

/** What CodePipeline reports of a run up to CheckBuild. */
export const history = (of = commit, build = "hw-UnitTest:1"): RunHistory => ({
  source: {
    input: { configuration: { Owner: "acme", Repo: "heavy-water", Branch: "main" } },
    output: { outputVariables: { CommitId: of } },
  },
  unitTest: {
    output: { executionResult: { externalExecutionId: build } },
    startTime: new Date("2026-01-02T03:04:05Z"),
    lastUpdateTime: new Date("2026-01-02T03:06:07Z"),
  },
});

/** The folders of a build, which are removed after the tests. */
const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

function folder(): string {
  const folder = mkdtempSync(join(tmpdir(), "provenance-"));
  made.push(folder);
  return folder;
}

function write(file: string, contents: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

/** Synthesized for the first artifact. */
let stacks: Readonly<Record<string, JsonObject>> | undefined;

/** An artifact as UnitTest makes it. */
export function artifact(): string {
  const made = folder();
  stacks ??= {
    pipeline: pipelineJson(),
    "service-dev": serviceJson("dev"),
    "service-prod": serviceJson("prod"),
  };
  for (const [id, json] of Object.entries(stacks)) {
    write(join(made, "cdktf.out/stacks", id, "cdk.tf.json"), JSON.stringify(json, null, 2));
    for (const bundle of bundlesOf(json)) write(join(made, "cdktf.out/stacks", id, bundle), `zip of ${id}`);
  }
  write(join(made, "dist/programs.zip"), "zip");
  return made;
}

const project = { name: "heavy-water", version: "1.0.0", dependencies: { one: "1.0.0" } };
/** The lock file of a commit with one package: npm lists it in a third of the time of ours. */
export const lockFile = JSON.stringify({
  ...{ name: project.name, version: project.version, lockfileVersion: 3 },
  packages: {
    "": project,
    "node_modules/one": { version: "1.0.0", integrity: `sha512-${"A".repeat(86)}==` },
  },
});

/** A commit's files, as far as its packages are read from them. */
export function source(files: Readonly<Record<string, string>> = {}): string {
  const made = folder();
  const all = { "package.json": JSON.stringify(project), "package-lock.json": lockFile, ...files };
  for (const [file, contents] of Object.entries(all)) write(join(made, file), contents);
  return made;
}

/** Makes ARNs of CodeBuild. */
export const arn = (resource: string) => `arn:aws:codebuild:eu-west-1:123456789012:${resource}`;

/** Does what CheckBuild does of an artifact. @returns the digest of the statement */
export async function state(s3: StoredObjects, built: string, of: RunHistory = history()): Promise<string> {
  const { digest } = await stateProvenance(s3, settings, {
    run: buildRun(run, of, arn),
    artifact: built,
    digest: await folderDigest(built),
    source: source(),
    programs,
  });
  return digest;
}
