import type { Authorization } from "../../authorization";
import type { AwsContext } from "../../aws-context";
import { canUseConnection } from "../../connections/use-connection";
import type { Connections } from "../../connections/connections";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionProvider, type ActionRequest, type ActionResult } from "./action";
import { storeSource, type GitHubHost } from "./git-source";
import type { Commit } from "./github-checkout";

/** Stores the head of a branch in the artifact bucket: the actions of `AWS/CodeStarSourceConnection`. */
export class ConnectionSource implements ActionProvider {
  readonly required = ["ConnectionArn", "FullRepositoryId", "BranchName"];

  constructor(
    private readonly aws: AwsContext,
    private readonly github: GitHubHost,
    private readonly connections: Connections,
    private readonly authorization: Authorization,
  ) {}

  unsupported({ OutputArtifactFormat = "CODE_ZIP" }: Readonly<Record<string, string>>): string | undefined {
    return OutputArtifactFormat === "CODE_ZIP" ? undefined : `OutputArtifactFormat ${OutputArtifactFormat}`;
  }

  async run(request: ActionRequest): Promise<ActionResult> {
    const { ConnectionArn, FullRepositoryId, BranchName } = request.configuration;
    await this.check(request, ConnectionArn!);
    const [owner = "", name = ""] = FullRepositoryId!.split("/");
    const source = {
      url: this.github.gitUrl(owner, name),
      repository: FullRepositoryId!,
      branch: BranchName!,
      token: this.github.appToken ?? "",
      accessDenied: "The connection's GitHub app is not installed for it.",
      // CodePipeline's message: https://github.com/aws/copilot-cli/issues/5507
      missing: `[GitHub] No Branch [${BranchName}] found for FullRepositoryName [${FullRepositoryId}]`,
    };
    return this.result(request, await storeSource(this.aws, request, source));
  }

  private async check(request: ActionRequest, arn: string): Promise<void> {
    const credentials = await actionCredentials(this.aws, request);
    if (!(await canUseConnection(this.authorization, credentials, arn))) {
      const message = `Unable to use Connection: ${arn}. The provided role does not have sufficient permissions.`;
      throw new ActionFailed("PermissionError", message);
    }
    const status = this.connections.find(arn)?.ConnectionStatus;
    if (status === "AVAILABLE") return;
    const why = status ? `it is ${status}, and must be accepted in the console` : "it does not exist";
    throw new ActionFailed("ConfigurationError", `Connection ${arn} is not available: ${why}.`);
  }

  private result({ configuration }: ActionRequest, commit: Commit): ActionResult {
    const { ConnectionArn, FullRepositoryId, BranchName } = configuration;
    const { region } = this.aws;
    const query = new URLSearchParams({
      connectionArn: ConnectionArn!,
      referenceType: "COMMIT",
      FullRepositoryId: FullRepositoryId!,
      Commit: commit.id,
    });
    return {
      revision: {
        revisionId: commit.id,
        revisionSummary: JSON.stringify({ ProviderType: "GitHub", CommitMessage: commit.message }),
        revisionUrl: `https://${region}.console.aws.amazon.com/codesuite/settings/connections/redirect?${query.toString()}`,
      },
      variables: {
        AuthorDate: commit.authorDate,
        BranchName: BranchName!,
        CommitId: commit.id,
        CommitMessage: commit.message,
        ConnectionArn: ConnectionArn!,
        FullRepositoryName: FullRepositoryId!,
      },
    };
  }
}
