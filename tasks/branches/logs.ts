import {
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
  type CloudWatchLogsClient,
} from "@aws-sdk/client-cloudwatch-logs";

/** Deletes the logs of a branch environment: Terraform keeps log groups, because no step may delete one. */
export async function deleteLogs(client: CloudWatchLogsClient, stackName: string): Promise<void> {
  for (const service of ["apigateway", "codebuild", "lambda"]) {
    const names: string[] = [];
    // The stack name of a branch has an underscore: no other stack's name starts with it and a hyphen.
    const logGroupNamePrefix = `/aws/${service}/${stackName}-`;
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix }))
      names.push(...logGroups.map(({ logGroupName }) => logGroupName!));
    for (const logGroupName of names) await client.send(new DeleteLogGroupCommand({ logGroupName }));
  }
}
