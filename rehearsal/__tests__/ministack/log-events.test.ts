import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
  type FilterLogEventsCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
let bare: TestEmulator;
let logs: CloudWatchLogsClient;

const logGroupName = "/aws/codebuild/hw-UnitTest";
const began = Date.now();

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["log-pages"])]);
  logs = new CloudWatchLogsClient(emulator.client());
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

/** Writes lines as a build does: in the order of their times, several within one millisecond. */
async function write(to: CloudWatchLogsClient, logStreamName: string, lines: readonly string[]) {
  await to.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await append(to, logStreamName, lines, 0);
}

async function append(
  to: CloudWatchLogsClient,
  logStreamName: string,
  lines: readonly string[],
  after: number,
) {
  const logEvents = lines.map((message, index) => ({
    message,
    timestamp: began + after + Math.floor(index / 3),
  }));
  await to.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

/** Everything that is found, page by page, and how many pages that took. */
async function read(input: Partial<FilterLogEventsCommandInput>, between = () => Promise.resolve()) {
  const messages: string[] = [];
  const times: number[] = [];
  let pages = 0;
  for (let nextToken: string | undefined; pages === 0 || nextToken; pages++) {
    const answer = await logs.send(new FilterLogEventsCommand({ logGroupName, ...input, nextToken }));
    messages.push(...answer.events!.map(({ message }) => message!));
    times.push(...answer.events!.map(({ timestamp }) => timestamp!));
    ({ nextToken } = answer);
    if (nextToken) await between();
  }
  return { messages, times, pages };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

describe("the events of a log", () => {
  it("are read page by page, where ministack itself ends after the first", async () => {
    const lines = numbered(20);
    const bareLogs = new CloudWatchLogsClient(bare.client());
    for (const to of [logs, bareLogs]) {
      await to.send(new CreateLogGroupCommand({ logGroupName }));
      await write(to, "one", lines);
    }
    for (const limit of [1, 3, 7, 20]) {
      const { messages, pages } = await read({ logStreamNames: ["one"], limit });
      expect(messages).toEqual(lines);
      expect(pages).toBe(Math.ceil(lines.length / limit));
    }
    const { events, nextToken } = await bareLogs.send(new FilterLogEventsCommand({ logGroupName, limit: 7 }));
    expect({ count: events!.length, nextToken }).toEqual({ count: 7, nextToken: undefined });
  });

  it("include those written meanwhile, and none twice", async () => {
    await write(logs, "two", numbered(5));
    let written = 5;
    const grow = async () => {
      if (written < 15) await append(logs, "two", [`line ${written++}`], 100 + written);
    };
    const { messages } = await read({ logStreamNames: ["two"], limit: 2 }, grow);
    expect(messages).toEqual(numbered(written));
  });

  it("are filtered by the pattern", async () => {
    const { messages } = await read({ logStreamNames: ["one"], limit: 2, filterPattern: '"line 1"' });
    expect(messages).toEqual(numbered(20).filter((line) => line.includes("line 1")));
  });

  it("are read from several streams in the order of time, however many there are", async () => {
    const lines = numbered(6_000);
    await write(logs, "left", lines);
    await write(logs, "right", lines);
    const { messages, times } = await read({ logStreamNames: ["left", "right"] });
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(messages.toSorted()).toEqual([...lines, ...lines].toSorted());
  });
});
