import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { buildRun } from "../../../tasks/provenance/build-run";
import { readStatement, type Statement } from "../../../tasks/provenance/statement";
import { arn, artifact, commit, history, lockFile, programs, root, run, state } from "./built-commit";
import { StoredObjects } from "./stored-objects";

const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

const s3 = new StoredObjects();
const built = artifact();
let digest: string;
let statement: Statement;

beforeAll(async () => {
  digest = await state(s3, built);
  statement = readStatement(s3.objects.get(`hw/provenance/${commit}/${digest}.json`)!);
});

describe("the statement", () => {
  it("is one of in-toto with a provenance of SLSA, stored under its SHA-256", () => {
    const text = s3.objects.get(`hw/provenance/${commit}/${digest}.json`)!;
    expect(createHash("sha256").update(text).digest("hex")).toBe(digest);
    expect(statement).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://slsa.dev/provenance/v1",
    });
  });

  it("has the digest of everything that is deployed", () => {
    const { subject } = statement;
    expect(subject.map(({ name }) => name)).toEqual([
      "cdktf.out/stacks/pipeline/cdk.tf.json",
      expect.stringMatching(/^cdktf\.out\/stacks\/service-dev\/assets\/.*\.zip$/),
      expect.stringMatching(/^cdktf\.out\/stacks\/service-dev\/assets\/.*\.zip$/),
      "cdktf.out/stacks/service-dev/cdk.tf.json",
      expect.stringMatching(/^cdktf\.out\/stacks\/service-prod\/assets\/.*\.zip$/),
      expect.stringMatching(/^cdktf\.out\/stacks\/service-prod\/assets\/.*\.zip$/),
      "cdktf.out/stacks/service-prod/cdk.tf.json",
      "dist/programs.zip",
    ]);
    for (const { name, digest } of subject) expect(digest.sha256).toBe(sha256(join(built, name)));
  });

  it("says what was built, from what, by which build and when, as CodePipeline reports it", async () => {
    const { buildDefinition, runDetails } = statement.predicate;
    const repository = "https://github.com/acme/heavy-water";
    expect(buildDefinition).toMatchObject({
      buildType: `${repository}/blob/main/docs/provenance.md#build-type-1`,
      externalParameters: { repository, branch: "main", commit },
      internalParameters: { pipeline: "hw-pipeline", execution: "execution" },
    });
    expect(runDetails).toEqual({
      builder: { id: "arn:aws:codebuild:eu-west-1:123456789012:project/hw-UnitTest" },
      metadata: {
        invocationId: "arn:aws:codebuild:eu-west-1:123456789012:build/hw-UnitTest:1",
        startedOn: "2026-01-02T03:04:05.000Z",
        finishedOn: "2026-01-02T03:06:07.000Z",
      },
      byproducts: [
        { name: "artifact", digest: { folderSha256: await folderDigest(built) } },
        {
          name: "sbom",
          uri: expect.stringMatching(/^s3:\/\//) as string,
          digest: expect.anything() as object,
        },
      ],
    });
  });

  it("names the packages, the programs and the providers that were used", () => {
    expect(statement.predicate.buildDefinition.resolvedDependencies).toEqual([
      { uri: "git+https://github.com/acme/heavy-water@refs/heads/main", digest: { gitCommit: commit } },
      { name: "package-lock.json", digest: { sha256: createHash("sha256").update(lockFile).digest("hex") } },
      { name: "programs", uri: programs, digest: { sha256: "b".repeat(64) } },
      { name: ".terraform.lock.hcl", digest: { sha256: sha256(join(root, ".terraform.lock.hcl")) } },
      {
        name: "registry.terraform.io/hashicorp/aws 5.100.0",
        uri: "https://registry.terraform.io/providers/hashicorp/aws/5.100.0",
        annotations: { hashes: expect.arrayContaining([expect.stringMatching(/^h1:/)]) as string[] },
      },
      expect.objectContaining({
        uri: "https://registry.terraform.io/providers/integrations/github/6.11.1",
      }) as object,
    ]);
  });

  it("names the list of packages by the digest under which it is stored", () => {
    const { digest } = statement.predicate.runDetails.byproducts[1]!;
    const stored = s3.objects.get(`hw/provenance/sbom/${digest!.sha256}.cdx.json`)!;
    expect(createHash("sha256").update(stored).digest("hex")).toBe(digest!.sha256);
  });
});

describe("what CodePipeline did not report", () => {
  it.each([
    [
      "commit",
      { ...history(), source: { ...history().source, output: { outputVariables: { CommitId: "main" } } } },
    ],
    ["owner", { ...history(), source: { ...history().source, input: {} } }],
    ["build", { ...history(), unitTest: { ...history().unitTest, output: {} } }],
    ["finishedOn", { ...history(), unitTest: { ...history().unitTest, lastUpdateTime: undefined } }],
    ["owner, repository, branch, commit, build", { source: undefined, unitTest: undefined }],
  ])("is named: %s", (missing, reported) => {
    expect(() => buildRun(run, reported, arn)).toThrow(`no ${missing}`);
  });
});
