import {
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Names } from "../../stacks/names";
import { readDeployment, type Deployment } from "./deployment";
import { readStatement, sha256Of, textOf, type Statement } from "./statement";

/** The key of a stored statement. */
export interface StoredStatement {
  readonly commit: string;
  /** The SHA-256 of its text. */
  readonly digest: string;
}

/** Statements, SBOMs and deployments in the state bucket. Statements and SBOMs are named after their SHA-256. */
export class ProvenanceStore {
  constructor(
    private readonly s3: S3Client,
    private readonly names: Names,
  ) {}

  /** Stores an SBOM. @returns its SHA-256 */
  async putSbom(text: string): Promise<string> {
    const digest = sha256Of(text);
    await this.put(this.names.sbom(digest), text);
    return digest;
  }

  /** Stores a statement. */
  async putStatement(statement: Statement): Promise<StoredStatement> {
    const text = textOf(statement);
    const digest = sha256Of(text);
    const { commit } = statement.predicate.buildDefinition.externalParameters;
    await this.put(this.names.provenance(commit, digest), text);
    return { commit, digest };
  }

  /** Stores a deployment of what a statement describes; it replaces an earlier one. */
  async putDeployment({ commit, digest }: StoredStatement, deployment: Deployment): Promise<void> {
    const text = `${JSON.stringify(deployment, undefined, 2)}\n`;
    await this.put(this.names.deployment(commit, digest), text);
  }

  /** Lists the statements of all commits that start with a prefix. */
  async statements(commit: string): Promise<StoredStatement[]> {
    const found: StoredStatement[] = [];
    const prefix = this.names.provenance(commit, "").replace(/\/\.json$/, "");
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.s3 },
      { Bucket: this.names.stateBucket, Prefix: prefix },
    )) {
      for (const { Key = "" } of Contents) {
        const [, commit, digest] = /\/([0-9a-f]{40})\/([0-9a-f]{64})\.json$/.exec(Key) ?? [];
        if (commit && digest) found.push({ commit, digest });
      }
    }
    return found;
  }

  /** Reads a statement. @throws Error where it is missing or was changed */
  async statement({ commit, digest }: StoredStatement): Promise<Statement> {
    const key = this.names.provenance(commit, digest);
    const text = await this.verified(key, digest);
    try {
      const statement = readStatement(text);
      const said = statement.predicate.buildDefinition.externalParameters.commit;
      if (said !== commit) throw new Error(`it is about commit ${said}`);
      return statement;
    } catch (error) {
      throw new Error(`${this.url(key)} cannot be used: ${(error as Error).message}.`, { cause: error });
    }
  }

  /** Returns when and by which build it was deployed; undefined where it was not. */
  async deployment({ commit, digest }: StoredStatement): Promise<Deployment | undefined> {
    const text = await this.get(this.names.deployment(commit, digest));
    return text === undefined ? undefined : readDeployment(text);
  }

  /** Compares an SBOM with its digest. @throws Error where it is missing or was changed */
  async checkSbom(digest: string): Promise<void> {
    await this.verified(this.names.sbom(digest), digest);
  }

  /** Returns the URL of a statement. */
  statementUrl({ commit, digest }: StoredStatement): string {
    return this.url(this.names.provenance(commit, digest));
  }

  /** Returns the URL of an SBOM. */
  sbomUrl(digest: string): string {
    return this.url(this.names.sbom(digest));
  }

  private async verified(key: string, digest: string): Promise<string> {
    const text = await this.get(key);
    if (text === undefined) {
      throw new Error(
        `There is no ${this.url(key)}. Either it was deleted, or CheckBuild has not stored it: ` +
          "aws s3api list-object-versions shows which.",
      );
    }
    const found = sha256Of(text);
    if (found === digest) return text;
    throw new Error(
      `${this.url(key)} was changed after it was stored: its SHA-256 is ${found}. ` +
        "aws s3api list-object-versions shows when; find out who could write it.",
    );
  }

  private async get(Key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.names.stateBucket, Key }));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  private async put(Key: string, Body: string): Promise<void> {
    await this.s3.send(
      new PutObjectCommand({ Bucket: this.names.stateBucket, Key, Body, ContentType: "application/json" }),
    );
  }

  private url(key: string): string {
    return `s3://${this.names.stateBucket}/${key}`;
  }
}
