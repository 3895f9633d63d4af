import {
  byproductDigest,
  byproducts,
  readStatement,
  sha256Of,
  statementOf,
  textOf,
  type BuildRun,
  type Statement,
} from "../../../tasks/provenance/statement";
import { describeBuilds } from "../../../tasks/provenance/describe";

const commit = "0123456789abcdef0123456789abcdef01234567";
const run: BuildRun = {
  repository: "https://github.com/acme/heavy-water",
  branch: "main",
  commit,
  pipeline: "hw-pipeline",
  execution: "an-execution",
  project: "arn:aws:codebuild:eu-west-1:123456789012:project/hw-UnitTest",
  build: "arn:aws:codebuild:eu-west-1:123456789012:build/hw-UnitTest:1",
  startedOn: new Date("2026-01-02T03:04:05Z"),
  finishedOn: new Date("2026-01-02T03:06:07Z"),
};
const [a, b] = [sha256Of("a"), sha256Of("b")];
const statement = statementOf(
  run,
  [{ name: "dist/programs.zip", digest: { sha256: a } }],
  [{ name: "package-lock.json", digest: { sha256: b } }, { uri: "https://registry/aws" }, {}],
  "c".repeat(64),
  { uri: "s3://states/sbom", digest: { sha256: b } },
);

/** The statement with another value at a path. */
function changed(path: string, value: unknown): Statement {
  const copy = JSON.parse(textOf(statement)) as Statement;
  const keys = path.split(".");
  const last = keys.pop()!;
  const at = keys.reduce<object>((object, key) => (object as Record<string, object>)[key]!, copy);
  Object.assign(at, { [last]: value });
  return copy;
}

describe("a statement", () => {
  it("has the types that SLSA's verifiers and docs/provenance.md know", () => {
    expect(statement).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType: "https://github.com/acme/heavy-water/blob/main/docs/provenance.md#build-type-1",
        },
      },
    });
  });

  it("is read as it was written", () => {
    expect(textOf(statement)).toBe(`${JSON.stringify(statement, undefined, 2)}\n`);
    expect(readStatement(textOf(statement))).toEqual(statement);
  });

  it("is refused if it is not JSON", () => {
    expect(() => readStatement("{")).toThrow(new Error("it is not JSON"));
  });

  it.each([
    ["_type", "https://in-toto.io/Statement/v0.1"],
    ["predicateType", "https://slsa.dev/provenance/v0.2"],
    ["subject", []],
    ["subject.0.name", undefined],
    ["subject.0.digest", {}],
    ["subject.0.digest.sha256", `${a}0`],
    ["subject.0.digest.sha256", `0${a}`],
    ["subject.0.digest.sha256", a.toUpperCase()],
    ["predicate", {}],
    ...["buildType", "externalParameters", "internalParameters", "resolvedDependencies"].map(
      (key): [string, unknown] => [`predicate.buildDefinition.${key}`, undefined],
    ),
    ...["repository", "branch", "commit"].map((key): [string, unknown] => [
      `predicate.buildDefinition.externalParameters.${key}`,
      1,
    ]),
    ...["pipeline", "execution"].map((key): [string, unknown] => [
      `predicate.buildDefinition.internalParameters.${key}`,
      1,
    ]),
    ["predicate.buildDefinition.resolvedDependencies.0.uri", 1],
    ["predicate.buildDefinition.resolvedDependencies.0.digest", "x"],
    ["predicate.runDetails.builder", {}],
    ...["invocationId", "startedOn", "finishedOn"].map((key): [string, unknown] => [
      `predicate.runDetails.metadata.${key}`,
      undefined,
    ]),
    ["predicate.runDetails.byproducts", {}],
  ])("is refused if its %s is %j", (path, value) => {
    expect(() => readStatement(textOf(changed(path, value)))).toThrow(/^it is not a provenance statement: ./);
  });

  it("has the digests of its byproducts", () => {
    expect(byproductDigest(statement, byproducts.artifact, "folderSha256")).toBe("c".repeat(64));
    expect(byproductDigest(statement, byproducts.sbom, "sha256")).toBe(b);
    expect(byproductDigest(statement, byproducts.sbom, "sha512")).toBeUndefined();
    expect(byproductDigest(statement, "other", "sha256")).toBeUndefined();
    const without = changed("predicate.runDetails.byproducts", [{ name: byproducts.sbom }]);
    expect(byproductDigest(without, byproducts.sbom, "sha256")).toBeUndefined();
  });
});

describe("the builds of a commit", () => {
  const build = { url: "s3://states/one", statement, sbom: "s3://states/sbom", deployment: undefined };

  it("are shown one below the other, with everything that is known of them", () => {
    const deployment = { at: "2026-01-02T03:10:00Z", build: "hw-DeployOnProd:3" };
    const without = changed("predicate.runDetails.byproducts", []);
    const text = (production: string, artifact: string) => `
Build arn:aws:codebuild:eu-west-1:123456789012:build/hw-UnitTest:1
  time        2026-01-02T03:04:05.000Z to 2026-01-02T03:06:07.000Z
  builder     arn:aws:codebuild:eu-west-1:123456789012:project/hw-UnitTest
  execution   an-execution of hw-pipeline
  production  ${production}
  statement   s3://states/one
  packages    s3://states/sbom (CycloneDX)
  artifact    ${artifact}
  What is deployed, with its SHA-256:
    ${a}  dist/programs.zip
  What was used:
    git+https://github.com/acme/heavy-water@refs/heads/main  gitCommit:${commit}
    package-lock.json  sha256:${b}
    https://registry/aws
    `;
    expect(
      describeBuilds(commit, [
        { ...build, deployment },
        { ...build, statement: without },
      ]),
    ).toBe(
      `Commit ${commit} of https://github.com/acme/heavy-water, branch main
${text("2026-01-02T03:10:00Z, by hw-DeployOnProd:3", "c".repeat(64))}
${text("not deployed", "no digest")}`,
    );
  });
});
