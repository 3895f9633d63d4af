import type { SessionLog } from "../session-log";

/** The account, its region and the addresses that every part of the AWS endpoint needs. */
export interface AwsContext {
  /** The region everything lives in, such as `eu-west-1`. */
  readonly region: string;
  /** The account's twelve digits. */
  readonly account: string;
  /** The base URL clients and builds use: `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly endpoint: string;
  /** The emulator's base URL, which answers everything that is not answered here. */
  readonly emulator: string;
  /** The path of the emulator's log, for messages. */
  readonly emulatorLog: string;
  /** The account's root: what the services themselves act with where no role is involved. */
  readonly root: Credentials;
  /** A folder for builds, logs and downloads; removed with the session. */
  readonly folder: string;
  /** Where every part reports its errors. */
  readonly log: SessionLog;
  /** The variables of the machine that builds run on: where its tools, packages and certificates are. */
  readonly machine: Readonly<Record<string, string | undefined>>;
  /** Bytes that one build may take on the disk; 10 GiB by default. */
  readonly buildDiskLimit?: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** One operation of a service: the parsed request body and the caller's ARN in, the response body out. */
export type Operation<Input = never, Output extends object = object> = (
  input: Input,
  caller: string,
) => Promise<Output> | Output;

/** The operations of one service by name, such as `GetPipeline`. */
export type Operations = Readonly<Record<string, Operation>>;
