import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  type InputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { clientConfig } from "../client-config";
import type { SessionLog } from "../../session-log";
import type { AwsContext, Credentials } from "../aws-context";

/** Milliseconds between two deliveries. */
const INTERVAL = 1_000;
/** The bytes of command output that are delivered. */
const TOTAL_LIMIT = 10 * 1024 * 1024;
/** PutLogEvents accepts 1 MiB and 10,000 events, and counts 26 bytes per event in addition to its text. */
const BATCH_BYTES = 1_000_000;
const BATCH_EVENTS = 10_000;
const EVENT_OVERHEAD = 26;
/** The characters of one event: they fit into 256 KiB in any encoding. */
const EVENT_LIMIT = 64 * 1024;

/** Delivers a build's log to CloudWatch Logs with the build's role, about once a second. */
export class LogStream {
  private readonly client: CloudWatchLogsClient;
  private readonly group: string;
  private readonly stream: string;
  private readonly log: SessionLog;
  private queue: InputLogEvent[] = [];
  private total = 0;
  private isFull = false;
  private delivery = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;

  private constructor(aws: AwsContext, credentials: Credentials, group: string, stream: string) {
    this.client = new CloudWatchLogsClient(clientConfig(aws, credentials));
    this.log = aws.log;
    this.group = group;
    this.stream = stream;
  }

  /**
   * Creates a stream, and its group if it does not exist, and starts delivery.
   * @throws the error of CloudWatch Logs
   */
  static async open(
    aws: AwsContext,
    credentials: Credentials,
    group: string,
    stream: string,
  ): Promise<LogStream> {
    const opened = new LogStream(aws, credentials, group, stream);
    try {
      await opened.start();
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Queues a line. Beyond the limit, only CodeBuild's own lines are queued: they are few, and tell how it ended. */
  add(line: string, isOwn: boolean): void {
    if (isOwn || this.total <= TOTAL_LIMIT) this.push(line);
    if (this.total > TOTAL_LIMIT && !this.isFull) {
      this.isFull = true;
      this.push(`The output is longer than ${TOTAL_LIMIT} bytes; the rest is only in the build's log file.`);
    }
  }

  /** Delivers the rest. Resolves with the first error of a delivery, if there was one. */
  async close(): Promise<Error | undefined> {
    clearInterval(this.timer);
    await this.flush();
    this.client.destroy();
    return this.failure;
  }

  private async start(): Promise<void> {
    try {
      await this.createStream();
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await this.createGroup();
      await this.createStream();
    }
    this.timer = setInterval(() => this.log.watch(`The log stream ${this.stream}`, this.flush()), INTERVAL);
  }

  private push(line: string): void {
    // CloudWatch Logs rejects an empty message.
    const message = line === "" ? " " : line.slice(0, EVENT_LIMIT);
    this.total += size(message);
    this.queue.push({ timestamp: Date.now(), message });
  }

  private flush(): Promise<void> {
    this.delivery = this.delivery.then(async () => {
      while (this.queue.length > 0 && !this.failure) await this.deliver(this.takeBatch());
      this.queue = this.failure ? [] : this.queue;
    });
    return this.delivery;
  }

  private async deliver(logEvents: InputLogEvent[]): Promise<void> {
    const input = { logGroupName: this.group, logStreamName: this.stream, logEvents };
    try {
      await this.client.send(new PutLogEventsCommand(input));
    } catch (error) {
      this.failure = error as Error;
    }
  }

  private takeBatch(): InputLogEvent[] {
    let bytes = 0;
    let count = 0;
    for (const event of this.queue.slice(0, BATCH_EVENTS)) {
      bytes += size(event.message!);
      if (bytes > BATCH_BYTES) break;
      count++;
    }
    return this.queue.splice(0, Math.max(count, 1));
  }

  private async createStream(): Promise<void> {
    await this.create(new CreateLogStreamCommand({ logGroupName: this.group, logStreamName: this.stream }));
  }

  private async createGroup(): Promise<void> {
    await this.create(new CreateLogGroupCommand({ logGroupName: this.group }));
  }

  private async create(command: CreateLogStreamCommand | CreateLogGroupCommand): Promise<void> {
    try {
      await this.client.send(command as CreateLogStreamCommand);
    } catch (error) {
      // Another build of the project may have created it first.
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
  }
}

function size(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD;
}
