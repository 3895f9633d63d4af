import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsCloudwatchLogGroups } from "@cdktf/provider-aws/lib/data-aws-cloudwatch-log-groups";
import type { Construct } from "constructs";
import { acceptFindings, logFindings } from "./accepted-findings";
import { ImportEach } from "./import-each";

/**
 * A log group that stays when its function or project is removed: no step is allowed to delete a log. One that stayed is
 * imported when its writer returns.
 */
export function keptLogGroup(
  scope: Construct,
  id: string,
  name: string,
  retentionInDays = 90,
): CloudwatchLogGroup {
  const existing = new DataAwsCloudwatchLogGroups(scope, `${id}-existing`, { logGroupNamePrefix: name });
  const group = new CloudwatchLogGroup(scope, id, { name, retentionInDays, skipDestroy: true });
  acceptFindings(group, logFindings);
  // Names of other groups can begin with this one.
  const ids = `toset([for one in ${existing.fqn}.log_group_names : one if one == ${JSON.stringify(name)}])`;
  new ImportEach(scope, `${id}-import`, group, ids);
  return group;
}
