import { randomUUID } from "node:crypto";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";
import type { Connection, ProviderType, ServiceName, Tag } from "./connection";

/** The quota for connections of an account. */
const LIMIT = 500;

interface Entry {
  connection: Connection;
  tags: readonly Tag[];
}

/** The state of connections for a later session. */
export interface SavedConnections {
  readonly entries: readonly (readonly [string, Entry])[];
  readonly isInstalled: boolean;
}

/** The connections of an account, the same under both names of the service. */
export class Connections {
  private readonly entries = new Map<string, Entry>();
  private isInstalled = false;

  /** @param onInstall called when the first connection is accepted, which installs the provider's app */
  constructor(
    private readonly aws: AwsContext,
    private readonly onInstall: () => void = () => undefined,
  ) {}

  all(): Connection[] {
    return [...this.entries.values()].map(({ connection }) => connection);
  }

  find(arn: string): Connection | undefined {
    return this.entries.get(arn)?.connection;
  }

  /** @throws ResourceNotFoundException */
  get(arn: string): Connection {
    return this.entry(arn).connection;
  }

  /**
   * Creates a pending connection.
   * @param service the name of the service in its ARN
   * @throws LimitExceededException
   */
  create(service: ServiceName, name: string, provider: ProviderType, tags: readonly Tag[]): Connection {
    if (this.entries.size >= LIMIT) {
      throw new AwsError(
        "LimitExceededException",
        `The account has ${LIMIT} connections, which is the limit`,
      );
    }
    const { region, account } = this.aws;
    const connection: Connection = {
      ConnectionName: name,
      ConnectionArn: `arn:aws:${service}:${region}:${account}:connection/${randomUUID()}`,
      ProviderType: provider,
      OwnerAccountId: account,
      ConnectionStatus: "PENDING",
    };
    this.entries.set(connection.ConnectionArn, { connection, tags });
    return connection;
  }

  /**
   * Makes a connection available, as you do in the console by installing the provider's app.
   * @throws ResourceNotFoundException
   */
  accept(arn: string): Connection {
    const entry = this.entry(arn);
    if (!this.isInstalled) this.onInstall();
    this.isInstalled = true;
    entry.connection = { ...entry.connection, ConnectionStatus: "AVAILABLE" };
    return entry.connection;
  }

  /** @throws ResourceNotFoundException */
  delete(arn: string): void {
    this.entry(arn);
    this.entries.delete(arn);
  }

  /** @throws ResourceNotFoundException */
  tags(arn: string): readonly Tag[] {
    return this.entry(arn).tags;
  }

  /** @throws ResourceNotFoundException */
  setTags(arn: string, tags: readonly Tag[]): void {
    this.entry(arn).tags = tags;
  }

  /** Returns all connections for a later session. */
  save(): SavedConnections {
    return { entries: [...this.entries], isInstalled: this.isInstalled };
  }

  /** Restores the connections of an earlier session. */
  restore({ entries, isInstalled }: SavedConnections): void {
    for (const [arn, entry] of entries) this.entries.set(arn, entry);
    this.isInstalled = isInstalled;
  }

  private entry(arn: string): Entry {
    const entry = this.entries.get(arn);
    if (entry) return entry;
    throw new AwsError("ResourceNotFoundException", `Connection not found for ARN: ${arn}`);
  }
}
