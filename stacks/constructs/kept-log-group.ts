import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsCloudwatchLogGroups } from "@cdktf/provider-aws/lib/data-aws-cloudwatch-log-groups";
import { TerraformElement } from "cdktf";
import type { Construct } from "constructs";
import { acceptFindings, logFindings } from "./accepted-findings";

/**
 * A log group for 90 days that stays when what writes it goes: no step is allowed to delete a log. One that stayed is
 * imported when its writer returns.
 */
export function keptLogGroup(scope: Construct, id: string, name: string): CloudwatchLogGroup {
  const existing = new DataAwsCloudwatchLogGroups(scope, `${id}-existing`, { logGroupNamePrefix: name });
  const group = new CloudwatchLogGroup(scope, id, { name, retentionInDays: 90, skipDestroy: true });
  acceptFindings(group, logFindings);
  new ImportEach(scope, `${id}-import`, {
    to: `${group.terraformResourceType}.${group.friendlyUniqueId}`,
    // Others may have a name that begins with this one.
    ids: `\${toset([for one in ${existing.fqn}.log_group_names : one if one == ${JSON.stringify(name)}])}`,
  });
  return group;
}

/**
 * Imports a resource where there is an id for it: an import block without `for_each` fails where there is nothing to
 * import. A resource that the state already has is left as it is.
 * https://developer.hashicorp.com/terraform/language/block/import
 */
class ImportEach extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: { readonly to: string; readonly ids: string },
  ) {
    super(scope, id);
  }

  override toTerraform(): object {
    return { import: [{ to: this.props.to, id: "${each.value}", for_each: this.props.ids }] };
  }
}
