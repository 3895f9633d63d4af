import type { CodepipelineStageAction, CodepipelineTrigger } from "@cdktf/provider-aws/lib/codepipeline";
import { DataAwsCodestarconnectionsConnection } from "@cdktf/provider-aws/lib/data-aws-codestarconnections-connection";
import { Construct } from "constructs";

export interface ConnectionSourceProps {
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  /** The name of the connection, which the state stack creates. */
  readonly connectionName: string;
  /** Glob patterns of files whose changes alone start no run. */
  readonly ignorePaths: readonly string[];
}

/** A branch on GitHub as a pipeline's source through a connection, whose GitHub app starts the pipeline at a push. */
export class ConnectionSource extends Construct {
  private readonly connectionArn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ConnectionSourceProps,
  ) {
    super(scope, id);
    const { connectionName: name } = props;
    this.connectionArn = new DataAwsCodestarconnectionsConnection(this, "connection", { name }).arn;
  }

  /** The source action, whose output is the artifact of that name. */
  action(name: string, output: string): CodepipelineStageAction {
    return {
      name,
      namespace: name,
      category: "Source",
      owner: "AWS",
      provider: "CodeStarSourceConnection",
      version: "1",
      outputArtifacts: [output],
      configuration: {
        ConnectionArn: this.connectionArn,
        FullRepositoryId: `${this.props.owner}/${this.props.repository}`,
        BranchName: this.props.branch,
        // AWS says "false" for an action with a filter on pushes, which starts the pipeline instead:
        // https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
        ...(this.props.ignorePaths.length > 0 && { DetectChanges: "false" }),
      },
    };
  }

  /**
   * The filter on pushes; none if no paths are ignored: the source action detects changes then. AWS takes file paths
   * only together with branches.
   */
  trigger(sourceActionName: string): CodepipelineTrigger[] | undefined {
    const { branch, ignorePaths } = this.props;
    if (ignorePaths.length === 0) return undefined;
    const push = [{ branches: { includes: [branch] }, filePaths: { excludes: [...ignorePaths] } }];
    return [{ providerType: "CodeStarSourceConnection", gitConfiguration: { sourceActionName, push } }];
  }
}
