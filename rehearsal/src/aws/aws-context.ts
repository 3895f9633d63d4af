import type { SessionLog } from "../session-log";

/** The emulated account: its region, credentials and endpoints, and where builds run. */
export interface AwsContext {
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** The 12-digit account ID. */
  readonly account: string;
  /** The base URL for clients and builds: `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly endpoint: string;
  /** The base URL of the emulator, which answers every request that is not answered here. */
  readonly emulator: string;
  /** The path of the emulator's log, for messages. */
  readonly emulatorLog: string;
  /** The account's root, which the services use where no role is involved. */
  readonly root: Credentials;
  /** The folder for builds, logs and downloads. It is removed with the session. */
  readonly folder: string;
  /** Where errors are logged. */
  readonly log: SessionLog;
  /** The environment variables of the machine, for builds: the paths of tools, packages and certificates. */
  readonly machine: Readonly<Record<string, string | undefined>>;
  /** The disk space of one build in bytes; default: 10 GiB. */
  readonly buildDiskLimit?: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
