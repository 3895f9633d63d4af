import type { CodepipelineStageAction } from "@cdktf/provider-aws/lib/codepipeline";
import { CodepipelineWebhook } from "@cdktf/provider-aws/lib/codepipeline-webhook";
import { DataAwsSecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secret-version";
import { GithubProvider } from "@cdktf/provider-github/lib/provider";
import { RepositoryWebhook } from "@cdktf/provider-github/lib/repository-webhook";
import { Fn, TerraformStack } from "cdktf";
import { Construct } from "constructs";

export interface GitHubSourceProps {
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  /** The Secrets Manager secret with the keys `githubAccessToken` and `webhookSecret`. */
  readonly secretName: string;
}

/** A branch on GitHub as a pipeline's source (GitHub version 1), and the webhook that starts the pipeline. */
export class GitHubSource extends Construct {
  private readonly secret: DataAwsSecretsmanagerSecretVersion;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GitHubSourceProps,
  ) {
    super(scope, id);
    // Read by Terraform, as a sensitive value: a literal token would be printed by every plan.
    this.secret = new DataAwsSecretsmanagerSecretVersion(this, "secret", { secretId: props.secretName });
    // The package asks for exactly 6.9.0, from which it was generated. 6.11.1 is the one 6.x whose Go
    // module the proxy serves, so it is the one that a workstation without the registry can build.
    TerraformStack.of(this).addOverride("terraform.required_providers.github.version", "6.11.1");
    new GithubProvider(this, "github", { owner: props.owner, token: this.secretValue("githubAccessToken") });
  }

  /** The source action, whose output is the artifact of that name. */
  action(name: string, output: string): CodepipelineStageAction {
    return {
      name,
      namespace: name,
      category: "Source",
      owner: "ThirdParty",
      provider: "GitHub",
      version: "1",
      outputArtifacts: [output],
      configuration: {
        Owner: this.props.owner,
        Repo: this.props.repository,
        Branch: this.props.branch,
        OAuthToken: this.secretValue("githubAccessToken"),
        // The webhook starts the pipeline; polling would start it a second time.
        PollForSourceChanges: "false",
      },
    };
  }

  /** Starts the pipeline at a push to the branch, and to no other ref. */
  addPushWebhook(webhookName: string, pipelineName: string, sourceAction: string): void {
    // AWS: do not "reuse the same secret token across multiple webhooks". All pipelines of an account share the stored
    // one, so each derives its own: hexadecimal digits, because AWS ignores calls signed with special characters.
    // https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_WebhookAuthConfiguration.html
    const secretToken = Fn.sha256(Fn.join(":", [this.secretValue("webhookSecret"), webhookName]));
    const webhook = new CodepipelineWebhook(this, "webhook", {
      name: webhookName,
      targetPipeline: pipelineName,
      targetAction: sourceAction,
      authentication: "GITHUB_HMAC",
      authenticationConfiguration: { secretToken },
      // The whole ref: a filter that matches a part lets other branches and tags in.
      filter: [{ jsonPath: "$.ref", matchEquals: `refs/heads/${this.props.branch}` }],
    });
    new RepositoryWebhook(this, "repository-webhook", {
      repository: this.props.repository,
      events: ["push"],
      configuration: {
        url: webhook.url,
        contentType: "json",
        secret: secretToken,
        insecureSsl: false,
      },
    });
  }

  private secretValue(key: string): string {
    return Fn.lookup(Fn.jsondecode(this.secret.secretString), key) as string;
  }
}
