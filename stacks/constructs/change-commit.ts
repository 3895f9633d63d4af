import { DataResource } from "cdktf";
import { Construct } from "constructs";

export interface ChangeCommitProps {
  /** What a commit has to change. */
  readonly of: Readonly<Record<string, unknown>>;
  readonly commit: string;
}

/**
 * The commit that last changed something. It is only in the state: Terraform replaces it if the values change, and keeps
 * the earlier commit otherwise.
 * https://developer.hashicorp.com/terraform/language/resources/terraform-data
 */
export class ChangeCommit extends Construct {
  /** Known when Terraform plans, unlike the attribute `output`. */
  readonly value: string;

  constructor(scope: Construct, id: string, { of, commit }: ChangeCommitProps) {
    super(scope, id);
    const data = new DataResource(this, "data", {
      triggersReplace: { ...of },
      lifecycle: { ignoreChanges: ["input"] },
    });
    // cdktf takes only a map, and the allow list no expression that reads a key of one.
    data.addOverride("input", commit);
    this.value = data.getStringAttribute("input");
  }
}
