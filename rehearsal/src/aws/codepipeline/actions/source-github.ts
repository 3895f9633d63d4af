import type { AwsContext } from "../../aws-context";
import type { ActionProvider, ActionRequest, ActionResult } from "./action";
import { storeSource, type GitHubHost } from "./git-source";
import type { Commit } from "./github-checkout";

/** Stores the head of a branch in the artifact bucket: the actions of `ThirdParty/GitHub`, version 1. */
export class GitHubSource implements ActionProvider {
  readonly required = ["Owner", "Repo", "Branch", "OAuthToken"];

  constructor(
    private readonly aws: AwsContext,
    private readonly github: GitHubHost,
  ) {}

  async run(request: ActionRequest): Promise<ActionResult> {
    const { Owner, Repo, Branch, OAuthToken } = request.configuration;
    const source = {
      url: this.github.gitUrl(Owner!, Repo!),
      repository: `${Owner}/${Repo}`,
      branch: Branch!,
      token: OAuthToken!,
      accessDenied: "The access token might be invalid or has been revoked.",
      // CodePipeline's message: https://github.com/duduribeiro/terraform_ecs_fargate_example/issues/9
      missing: `The GitHub repository "${Owner}/${Repo}" or branch "${Branch}" does not exist.`,
    };
    return result(request, await storeSource(this.aws, request, source));
  }
}

function result({ configuration }: ActionRequest, commit: Commit): ActionResult {
  const { Owner, Repo, Branch } = configuration;
  return {
    revision: {
      revisionId: commit.id,
      revisionSummary: commit.message,
      revisionUrl: `https://github.com/${Owner}/${Repo}/commit/${commit.id}`,
    },
    variables: {
      CommitId: commit.id,
      CommitMessage: commit.message,
      BranchName: Branch!,
      RepositoryName: Repo!,
      AuthorDate: commit.authorDate,
      CommitterDate: commit.committerDate,
    },
  };
}
