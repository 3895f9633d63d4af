import { visible } from "../../stacks/visible-text";
import type { Deployment } from "./deployment";
import { byproductDigest, byproducts, type Descriptor, type Statement } from "./statement";

/** A build of a commit, and its deployment. */
export interface ShownBuild {
  /** The URL of its statement, which is named after the statement's SHA-256. */
  readonly url: string;
  readonly statement: Statement;
  /** The URL of its list of packages. */
  readonly sbom: string;
  /** Undefined where it was not deployed to production. */
  readonly deployment: Deployment | undefined;
}

/** Shows how a commit was built, as text in which nothing is invisible. */
export function describeBuilds(commit: string, builds: readonly ShownBuild[]): string {
  const { repository, branch } = builds[0]!.statement.predicate.buildDefinition.externalParameters;
  const title = `Commit ${commit} of ${repository}, branch ${branch}`;
  return [title, ...builds.flatMap((build) => ["", ...lines(build)])].map(visible).join("\n");
}

function lines({ url, statement, sbom, deployment }: ShownBuild): string[] {
  const { buildDefinition, runDetails } = statement.predicate;
  const { pipeline, execution } = buildDefinition.internalParameters;
  const { invocationId, startedOn, finishedOn } = runDetails.metadata;
  const released = deployment ? `${deployment.at}, by ${deployment.build}` : "not deployed";
  return [
    `Build ${invocationId}`,
    field("time", `${startedOn} to ${finishedOn}`),
    field("builder", runDetails.builder.id),
    field("execution", `${execution} of ${pipeline}`),
    field("production", released),
    field("statement", url),
    field("packages", `${sbom} (CycloneDX)`),
    field("artifact", byproductDigest(statement, byproducts.artifact, "folderSha256") ?? "no digest"),
    "  What is deployed, with its SHA-256:",
    ...statement.subject.map(({ name, digest }) => `    ${digest.sha256}  ${name}`),
    "  What was used:",
    ...buildDefinition.resolvedDependencies.map((one) => `    ${dependency(one)}`),
  ];
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(11)} ${value}`;
}

function dependency({ name, uri, digest = {} }: Descriptor): string {
  const digests = Object.entries(digest).map(([algorithm, value]) => `${algorithm}:${value}`);
  return [name ?? uri ?? "", ...digests].join("  ");
}
