import type { CodepipelineStageAction } from "@cdktf/provider-aws/lib/codepipeline";
import { DataAwsCodestarconnectionsConnection } from "@cdktf/provider-aws/lib/data-aws-codestarconnections-connection";
import { Construct } from "constructs";

export interface ConnectionSourceProps {
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  /** The name of the connection, which the state stack creates. */
  readonly connectionName: string;
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
      },
    };
  }
}
