import { paginateDescribeAlarms, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";

/** An alarm in the state ALARM. */
export interface FiringAlarm {
  readonly name: string;
  readonly since?: Date;
}

/** Returns the alarms in ALARM whose names begin with the stack's. */
export async function readAlarms(client: CloudWatchClient, stackName: string): Promise<FiringAlarm[]> {
  const firing: FiringAlarm[] = [];
  const query = { AlarmNamePrefix: `${stackName}-`, StateValue: "ALARM" } as const;
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, query)) {
    firing.push(
      ...MetricAlarms.map(({ AlarmName = "", StateUpdatedTimestamp }) => ({
        name: AlarmName,
        since: StateUpdatedTimestamp,
      })),
    );
  }
  return firing;
}
