import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";

/**
 * The log of a Lambda deploy action, in the group of its pipeline. CodePipeline writes it with the pipeline's role,
 * which needs the permission for each of the three calls.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html
 */
export class ReleaseLog {
  private constructor(
    private readonly logs: CloudWatchLogsClient,
    private readonly stream: { readonly logGroupName: string; readonly logStreamName: string },
  ) {}

  /** Creates the group, where there is none, and a stream in it. Throws what CloudWatch Logs answers. */
  static async open(
    logs: CloudWatchLogsClient,
    pipeline: string,
    logStreamName: string,
  ): Promise<ReleaseLog> {
    const logGroupName = `/aws/codepipeline/${pipeline}`;
    try {
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
    } catch (error) {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    return new ReleaseLog(logs, { logGroupName, logStreamName });
  }

  async write(message: string): Promise<void> {
    const logEvents = [{ timestamp: Date.now(), message }];
    await this.logs.send(new PutLogEventsCommand({ ...this.stream, logEvents }));
  }
}
