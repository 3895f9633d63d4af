import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Credentials } from "../../../rehearsal/src/aws/aws-context";
import { ACCOUNT, REGION } from "../../../rehearsal/__tests__/ministack/fixture";

/** What a client is made with. */
export interface Config {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/** What only AWS knows of what was deployed. */
export interface Deployed {
  /** The id of production's HTTP API. */
  readonly api: string;
  /** A version of the pipeline's state. */
  readonly stateVersion: string;
  /** The id of another team's key. */
  readonly otherTeamsKey: string;
}

/** What a request needs, and what else IAM would know about it. */
export interface RequiredPermission {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** Something that somebody with a role's credentials might try. */
export interface Attempt {
  readonly name: string;
  /** The roles that may, by what is behind `hw-`; all others must be refused. */
  readonly allowed: readonly string[];
  readonly permission: RequiredPermission;
  /** Tries it; left out where there is no client for it, or nothing to try it on. */
  readonly send?: (config: Config, deployed: Deployed) => Promise<unknown>;
}

/** Nobody but a person. */
export const noRole: readonly string[] = [];

/**
 * @param needs the action, the resource, and what else IAM would know
 * @param allowed the roles that may, by what is behind `hw-`
 */
export function attempt(
  name: string,
  [action, resource, context]: readonly [string, string, RequiredPermission["context"]?],
  allowed: readonly string[],
  send?: Attempt["send"],
): Attempt {
  return { name, allowed, permission: { action, resource, context }, send };
}

export const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
export const policy = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
/** Anything that belongs to the region. */
export const of = (service: string, resource: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

export const s3 = (config: Config) => new S3Client({ ...config, forcePathStyle: true });

const object = (Bucket: string, Key: string) => `arn:aws:s3:::${Bucket}/${Key}`;

/** Reads an object. @param context what else IAM would know; such an attempt is only simulated where it is allowed */
export function read(
  name: string,
  Bucket: string,
  Key: string,
  allowed: readonly string[],
  context?: RequiredPermission["context"],
): Attempt {
  return attempt(name, ["s3:GetObject", object(Bucket, Key), context], allowed, (to) =>
    s3(to).send(new GetObjectCommand({ Bucket, Key })),
  );
}

/** Makes an object, or replaces it. */
export function write(
  name: string,
  Bucket: string,
  Key: string,
  allowed: readonly string[],
  context?: RequiredPermission["context"],
): Attempt {
  return attempt(name, ["s3:PutObject", object(Bucket, Key), context], allowed, (to) =>
    s3(to).send(new PutObjectCommand({ Bucket, Key, Body: "mine" })),
  );
}

/** Removes an object. */
export function remove(
  name: string,
  Bucket: string,
  Key: string,
  allowed: readonly string[],
  context?: RequiredPermission["context"],
): Attempt {
  return attempt(name, ["s3:DeleteObject", object(Bucket, Key), context], allowed, (to) =>
    s3(to).send(new DeleteObjectCommand({ Bucket, Key })),
  );
}
