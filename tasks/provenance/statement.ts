import { createHash } from "node:crypto";
import { z } from "zod";

/** The type of the build, which docs/provenance.md explains. */
const BUILD_TYPE = "docs/provenance.md#build-type-1";

const STATEMENT = "https://in-toto.io/Statement/v1";
const PREDICATE = "https://slsa.dev/provenance/v1";
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const digests = z.record(z.string(), z.string());

/** https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
const descriptor = z.object({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: digests.optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
});

const subject = z.object({ name: z.string(), digest: z.object({ sha256 }) });

/** An SLSA 1.0 provenance in an in-toto statement: https://slsa.dev/spec/v1.0/provenance */
const statement = z.object({
  _type: z.literal(STATEMENT),
  subject: z.array(subject).min(1),
  predicateType: z.literal(PREDICATE),
  predicate: z.object({
    buildDefinition: z.object({
      buildType: z.string(),
      externalParameters: z.object({ repository: z.string(), branch: z.string(), commit: z.string() }),
      internalParameters: z.object({ pipeline: z.string(), execution: z.string() }),
      resolvedDependencies: z.array(descriptor),
    }),
    runDetails: z.object({
      builder: z.object({ id: z.string() }),
      metadata: z.object({ invocationId: z.string(), startedOn: z.string(), finishedOn: z.string() }),
      byproducts: z.array(descriptor),
    }),
  }),
});

export type Statement = z.infer<typeof statement>;
export type Subject = z.infer<typeof subject>;
export type Descriptor = z.infer<typeof descriptor>;

/** The names of the other results of a build. */
export const byproducts = { artifact: "artifact", sbom: "sbom" } as const;

/** The source of a run, and the build that made its artifact, as CodePipeline and CodeBuild report them. */
export interface BuildRun {
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  readonly pipeline: string;
  readonly execution: string;
  /** The ARN of the build's project. */
  readonly project: string;
  /** The ARN of the build. */
  readonly build: string;
  readonly startedOn: Date;
  readonly finishedOn: Date;
}

/**
 * Returns the statement on a build.
 *
 * @param subjects what is deployed
 * @param dependencies what the build used besides its source
 * @param artifact the digest of the artifact, as `folderDigest` computes it
 * @param sbom the SBOM
 */
export function statementOf(
  run: BuildRun,
  subjects: readonly Subject[],
  dependencies: readonly Descriptor[],
  artifact: string,
  sbom: Descriptor,
): Statement {
  const { repository, branch, commit } = run;
  return {
    _type: STATEMENT,
    subject: [...subjects],
    predicateType: PREDICATE,
    predicate: {
      buildDefinition: {
        buildType: `${repository}/blob/${branch}/${BUILD_TYPE}`,
        externalParameters: { repository, branch, commit },
        internalParameters: { pipeline: run.pipeline, execution: run.execution },
        resolvedDependencies: [
          { uri: `git+${repository}@refs/heads/${branch}`, digest: { gitCommit: commit } },
          ...dependencies,
        ],
      },
      runDetails: {
        builder: { id: run.project },
        metadata: {
          invocationId: run.build,
          startedOn: run.startedOn.toISOString(),
          finishedOn: run.finishedOn.toISOString(),
        },
        byproducts: [
          // Not `sha256`, which would be that of a file.
          { name: byproducts.artifact, digest: { folderSha256: artifact } },
          { ...sbom, name: byproducts.sbom },
        ],
      },
    },
  };
}

/** Returns the text of a statement that is stored; its digest is that of this text. */
export function textOf(of: Statement): string {
  return `${JSON.stringify(of, undefined, 2)}\n`;
}

/** Returns the SHA-256 of a text or of the contents of a file. */
export function sha256Of(contents: string | Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex");
}

/** Reads a statement. @throws Error that says what is wrong with it */
export function readStatement(text: string): Statement {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const { success, data, error } = statement.safeParse(json);
  if (success) return data;
  throw new Error(`it is not a provenance statement: ${z.prettifyError(error)}`);
}

/** Returns a digest of a byproduct, such as the SHA-256 of the SBOM. */
export function byproductDigest(of: Statement, name: string, algorithm: string): string | undefined {
  return of.predicate.runDetails.byproducts.find((one) => one.name === name)?.digest?.[algorithm];
}
