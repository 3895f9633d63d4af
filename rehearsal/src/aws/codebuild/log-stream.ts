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
/** Bytes of command output that are delivered. */
const TOTAL_LIMIT = 10 * 1024 * 1024;
/** PutLogEvents takes 1 MiB and 10,000 events, and counts 26 bytes an event besides its text. */
const BATCH_BYTES = 1_000_000;
const BATCH_EVENTS = 10_000;
const EVENT_OVERHEAD = 26;
/** Characters of one event: 256 KiB hold them whatever they are. */
const EVENT_LIMIT = 64 * 1024;

/** Delivers a build's log to CloudWatch Logs with the build's role, about once a second. */
export class LogStream {
  private readonly client: CloudWatchLogsClient;
  private readonly group: string;
  private readonly stream: string;
  private readonly log: SessionLog;
  private queue: InputLogEvent[] = [];
  private total = 0;
  private full = false;
  private delivery = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;

  constructor(aws: AwsContext, credentials: Credentials, group: string, stream: string) {
    this.client = new CloudWatchLogsClient(clientConfig(aws, credentials));
    this.log = aws.log;
    this.group = group;
    this.stream = stream;
  }

  /** Creates the stream, and its group where there is none. Throws what CloudWatch Logs answers. */
  async open(): Promise<void> {
    try {
      await this.createStream();
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      await this.createGroup();
      await this.createStream();
    }
    this.timer = setInterval(() => this.log.watch(`The log stream ${this.stream}`, this.flush()), INTERVAL);
  }

  /** Queues a line. Beyond the limit only the runner's own lines are, which are few and say how it ended. */
  add(line: string, own: boolean): void {
    if (own || this.total <= TOTAL_LIMIT) this.push(line);
    if (this.total > TOTAL_LIMIT && !this.full) {
      this.full = true;
      this.push(`The output is longer than ${TOTAL_LIMIT} bytes: the rest is only in the build's log file.`);
    }
  }

  /** Delivers the rest. Resolves with the first error a delivery met, if any. */
  async close(): Promise<Error | undefined> {
    clearInterval(this.timer);
    await this.flush();
    this.client.destroy();
    return this.failure;
  }

  private push(line: string): void {
    // CloudWatch Logs takes no empty message.
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
      // Another build of the project may have been quicker.
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
  }
}

function size(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD;
}
