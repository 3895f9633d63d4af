/** A connection as the API returns it. */
export interface Connection {
  readonly ConnectionName: string;
  readonly ConnectionArn: string;
  readonly ProviderType: ProviderType;
  readonly OwnerAccountId: string;
  readonly ConnectionStatus: ConnectionStatus;
}

export const PROVIDER_TYPES = [
  "Bitbucket",
  "GitHub",
  "GitHubEnterpriseServer",
  "GitLab",
  "GitLabSelfManaged",
] as const;

export type ProviderType = (typeof PROVIDER_TYPES)[number];

/** Pending until you install the provider's app in the console. */
export type ConnectionStatus = "PENDING" | "AVAILABLE" | "ERROR";

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** The two names of the service, which are also the prefixes of its ARNs and IAM actions. */
export type ServiceName = "codestar-connections" | "codeconnections";
