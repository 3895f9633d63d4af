import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";

/**
 * The log of a Lambda deploy action, in the log group of its pipeline. CodePipeline writes it with the pipeline's role,
 * which needs a permission for each of the three calls.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html
 */
export class ReleaseLog {
  private constructor(
    private readonly logs: CloudWatchLogsClient,
    private readonly stream: { readonly logGroupName: string; readonly logStreamName: string },
  ) {}

  /**
   * Creates a log stream, and its group if it does not exist.
   * @throws the error of CloudWatch Logs
   */
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
