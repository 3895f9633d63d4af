import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { CreateProjectInput } from "@aws-sdk/client-codebuild";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ZipFile } from "yazl";
import { clientConfig } from "../../../src/aws/client-config";
import { CodeBuild, type FinishedBuild, type RunningBuild } from "../../../src/aws/codebuild/codebuild";
import { BuildLog } from "../../../src/aws/codebuild/build-log";
import { ROOT } from "../support/pipelines";
import { openAccount, type Account } from "./account";
import { isAlive } from "./process-table";
import { eventually } from "../../support/eventually";

jest.setTimeout(120_000);

const onLinux = process.platform === "linux" ? it : it.skip;

/** Small enough for a test to exceed, large enough for the other builds. */
const DISK_LIMIT = 600 * 1024 ** 2;

/** Everything that Jest can fake except the time of day. */
const REAL = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

let account: Account;
let codebuild: CodeBuild;
let role: string;
let s3: S3Client;

beforeAll(async () => {
  account = await openAccount();
  const allow = (Action: string[]) => ({ Effect: "Allow", Action, Resource: "*" });
  role = await account.createRole("builder", [allow(["s3:*", "logs:*"])]);
  s3 = new S3Client({ ...clientConfig(account.aws), forcePathStyle: true });
  codebuild = new CodeBuild(
    { ...account.aws, buildDiskLimit: DISK_LIMIT },
    { buildChanged: () => undefined },
  );
});

afterAll(async () => {
  await codebuild.stopAll();
  s3.destroy();
  await account.stop();
});

/** After every test, another build must succeed. */
afterEach(async () => {
  const finished = await build(commands("echo well"));
  expect(finished).toMatchObject({ status: "SUCCEEDED", message: undefined });
});

let projects = 0;

async function start(
  buildspec: string,
  source: Buffer | undefined = undefined,
  overrides: Partial<CreateProjectInput> = {},
): Promise<RunningBuild> {
  const name = `project-${++projects}`;
  const input: CreateProjectInput = {
    name,
    source: { type: "CODEPIPELINE" },
    artifacts: { type: "CODEPIPELINE" },
    environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
    serviceRole: role,
    ...overrides,
  };
  await codebuild.operations.CreateProject(input, ROOT);
  const Body = source ?? (await zipOf({ "buildspec.yml": buildspec }));
  await s3.send(new PutObjectCommand({ Bucket: account.bucket, Key: `${name}/Source`, Body }));
  const location = (output: string) => ({
    name: output,
    bucket: account.bucket,
    key: `${name}/${output}`,
  });
  return codebuild.start({
    projectName: name,
    initiator: "codepipeline/hw",
    sourceVersion: "v",
    resolvedSourceVersion: "c",
    inputs: [location("Source")],
    primary: "Source",
    outputs: buildspec.includes("artifacts:") ? [location("Built")] : [],
    environment: [],
  });
}

async function build(...args: Parameters<typeof start>): Promise<FinishedBuild & { log: string }> {
  const run = await start(...args);
  const finished = await run.finished;
  return { ...finished, log: logOf(run) };
}

const logOf = ({ id }: RunningBuild) => readFileSync(codebuild.logFile(id), "utf8");

const commands = (...lines: string[]) =>
  `version: 0.2\nphases:\n  build:\n    commands:\n${lines.map((line) => `      - ${JSON.stringify(line)}\n`).join("")}`;

async function zipOf(files: Readonly<Record<string, string>>, mode = 0o100644): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(content), name, { mode, compress: false });
  }
  zip.end();
  return buffer(zip.outputStream);
}

describe("a hostile process", () => {
  const stubborn = "sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'";

  it("terminates with a stopped build, even if it forks and ignores SIGTERM", async () => {
    const run = await start(commands(`for i in 1 2 3; do ${stubborn} & echo "pid $!"; done; wait`));
    await eventually("three processes have started", () => pidsIn(logOf(run)).length === 3);
    await run.stop();
    expect(await run.finished).toMatchObject({ status: "STOPPED" });
    for (const pid of pidsIn(logOf(run))) await eventually(`${pid} has terminated`, () => !isAlive(pid));
  });

  onLinux("terminates with its build, even in a session of its own", async () => {
    const finished = await build(
      commands(`setsid ${stubborn} & echo "pid $!"`, `(setsid ${stubborn} & echo "pid $!")`),
    );
    expect(finished.status).toBe("SUCCEEDED");
    const pids = pidsIn(finished.log);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await eventually(`${pid} has terminated`, () => !isAlive(pid));
  });

  it.each([
    ["a command", "sh -c 'kill -SEGV $$'", 139],
    ["the shell", "kill -KILL $$", 137],
  ])("fails the phase with the signal that terminates %s", async (_, command, status) => {
    const finished = await build(commands(command));
    expect(finished.message).toBe(
      "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, " +
        `Message: Error while executing command: ${command}. Reason: exit status ${status}`,
    );
  });
});

function pidsIn(log: string): number[] {
  return [...log.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
}

describe("a large build", () => {
  it("keeps part of 200 MB of output and the end of the log, in bounded memory", async () => {
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
    // Two bytes per line: the most lines possible.
    const finished = await build(commands("yes | head -c 100000000", "yes $(seq 20) | head -c 100000000"));
    clearInterval(watch);
    expect(finished.status).toBe("SUCCEEDED");
    expect(finished.log.length).toBeLessThan(70 * 1024 ** 2);
    expect(finished.log).toContain("The commands printed more than 67108864 bytes; the rest is omitted.");
    expect(finished.log).toContain("Phase complete: BUILD State: SUCCEEDED");
    expect(most - before).toBeLessThan(500 * 1024 ** 2);
  });

  it("fails with a message when it exceeds the disk limit", async () => {
    const finished = await build(
      commands("head -c 700000000 /dev/urandom > filling; echo filled; sleep 1000", "echo unreached"),
    );
    expect(finished.message).toBe(
      "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: No space " +
        `left on device: the build uses more than ${DISK_LIMIT} bytes, the rehearsal's limit`,
    );
    expect(finished.log).not.toMatch(/^unreached$/m);
  });

  onLinux("does not terminate the rehearsal when its log cannot be written", () => {
    const folder = mkdtempSync(join(tmpdir(), "full-"));
    // Every write to it fails: no space left.
    symlinkSync("/dev/full", join(folder, "log"));
    const lines: string[] = [];
    const log = BuildLog.open(join(folder, "log"));
    log.forwardTo((line) => lines.push(line));
    log.output(Buffer.from("one\ntwo\n"));
    log.close();
    expect(lines).toEqual(["one", "two"]);
    expect(log.failure?.message).toMatch(/The build's log cannot be written: ENOSPC/);
    rmSync(folder, { recursive: true });
  });

  it("uploads an artifact of 50,000 files in bounded memory", async () => {
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
    const finished = await build(
      commands(
        "mkdir -p out && cd out && seq 100 | xargs mkdir && for d in *; do (cd $d && seq 500 | xargs touch); done",
      ) + 'artifacts:\n  files: ["out/**/*"]\n',
    );
    clearInterval(watch);
    expect(finished.message).toBeUndefined();
    expect(finished.log).toContain("Uploading artifact Built (files: 50000)");
    expect(most - before).toBeLessThan(500 * 1024 ** 2);
    const { ContentLength } = await s3.send(
      new GetObjectCommand({ Bucket: account.bucket, Key: `project-${projects}/Built` }),
    );
    // A zip takes at least the two headers of each file.
    expect(ContentLength).toBeGreaterThan(50_000 * 76);
  });
});

describe("a hostile source", () => {
  const evil = async () => {
    const bytes = (await zipOf({ "xx/evil": "hostile" })).toString("latin1");
    return Buffer.from(bytes.replaceAll("xx/evil", "../evil"), "latin1");
  };

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ["with a name that leaves the folder", evil, /invalid relative path: \.\.\/evil for source Source/],
    [
      "with a link out of the folder",
      () => zipOf({ link: "/etc/passwd" }, 0o120777),
      /points out of the archive/,
    ],
    ["that is not an archive", () => Promise.resolve(Buffer.from("no zip")), /End of central directory/i],
  ])("%s fails the build when it is unpacked", async (_, source, message) => {
    const run = await start(commands("true"), await source());
    const finished = await run.finished;
    expect(finished.message).toMatch(/^Build terminated.*FAILED. Phase: DOWNLOAD_SOURCE, Code: CLIENT_ERROR/);
    expect(finished.message).toMatch(message);
    expect(existsSync(join(dirname(codebuild.logFile(run.id)), "evil"))).toBe(false);
  });

  it.each([
    ["no YAML", "version: 0.2\nphases: [", "Code: YAML_FILE_ERROR, Message: .* at line 2"],
    ["text", "just some words", "Code: YAML_FILE_ERROR, Message: buildspec: "],
    ["nothing", "", "Code: YAML_FILE_ERROR, Message: buildspec: "],
    [
      "an unknown key",
      "version: 0.2\nphasen: {}\n",
      "YAML_FILE_ERROR, Message: .*phasen: unknown key at line 2",
    ],
    ["a tag", "version: 0.2\nphases: !!js/function 'x'\n", "YAML_FILE_ERROR"],
    // Ten aliases of ten aliases of ten ...
    ["a bomb", bomb(), "YAML_FILE_ERROR"],
  ])("whose buildspec has %s fails the build when it is read", async (_, buildspec, message) => {
    const finished = await build(buildspec);
    expect(finished.status).toBe("FAILED");
    expect(finished.message).toMatch(new RegExp(`Phase: DOWNLOAD_SOURCE, .*${message}`, "s"));
    expect(finished.message!.length).toBeLessThan(5_000);
  });

  it("without a buildspec fails the build with the file's name", async () => {
    const finished = await build("", await zipOf({ "other.yml": "" }));
    expect(finished.message).toMatch(
      /Phase: DOWNLOAD_SOURCE, Code: YAML_FILE_ERROR, Message: stat .*\/buildspec.yml: no such file/,
    );
  });
});

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 10; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  }
  return `version: 0.2\n${lines.join("\n")}\n`;
}

it("fails a build whose role was deleted before it runs anything", async () => {
  const gone = await account.createRole("gone", [{ Effect: "Allow", Action: "logs:*", Resource: "*" }]);
  await build(commands("true"), undefined, { serviceRole: gone });
  const projectName = `project-${projects}`;
  const iam = new IAMClient(clientConfig(account.aws));
  await iam.send(new DeleteRolePolicyCommand({ RoleName: "gone", PolicyName: "inline" }));
  await iam.send(new DeleteRoleCommand({ RoleName: "gone" }));
  const request = { initiator: "i", sourceVersion: "v", resolvedSourceVersion: "c", environment: [] };
  const Source = { name: "Source", bucket: account.bucket, key: "none" };
  const run = await codebuild.start({
    ...request,
    projectName,
    primary: "Source",
    inputs: [Source],
    outputs: [],
  });
  expect((await run.finished).message).toMatch(
    /FAILED. Phase: SUBMITTED, Code: ACCESS_DENIED, Message: CodeBuild is not authorized to perform: sts:AssumeRole on .*role\/gone/,
  );
  const document = { Version: "2012-10-17", Statement: [] };
  await iam.send(
    new CreateRoleCommand({ RoleName: "gone", AssumeRolePolicyDocument: JSON.stringify(document) }),
  );
  iam.destroy();
});

it("continues a build when the clock is changed by a day", async () => {
  const day = 24 * 60 * 60 * 1000;
  for (const difference of [day, -day]) {
    const run = await start(commands("echo started", "sleep 2", "echo done"));
    await eventually("the command runs", () => logOf(run).includes("Running command sleep"));
    // Only the time of day is faked; timers run as before.
    jest.useFakeTimers({ now: Date.now() + difference, doNotFake: [...REAL] });
    try {
      const { status, build } = await run.finished;
      expect(status).toBe("SUCCEEDED");
      const seconds = build.phases!.map(({ durationInSeconds }) => durationInSeconds ?? 0);
      expect(Math.min(...seconds)).toBe(0);
      expect(Math.max(...seconds)).toBeLessThan(3600);
    } finally {
      jest.useRealTimers();
    }
  }
});

it("keeps the last hundred builds of a project, and the folders of three failures", async () => {
  const name = "many";
  const spec = (command: string) => ({ type: "NO_SOURCE" as const, buildspec: commands(command) });
  const project = {
    name,
    serviceRole: role,
    artifacts: { type: "NO_ARTIFACTS" },
    environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
    logsConfig: { cloudWatchLogs: { status: "DISABLED" } },
  } as const;
  await codebuild.operations.CreateProject({ ...project, source: spec("false") }, ROOT);
  const folders = () =>
    readdirSync(join(account.aws.folder, "builds")).filter((folder) => folder.startsWith(`${name}-`));
  const one = async () => {
    const { build } = (await codebuild.operations.StartBuild({ projectName: name }, ROOT)) as {
      build: { id: string };
    };
    await eventually("the build has finished", () => codebuild.build(build.id)?.buildComplete);
    return build.id;
  };
  const first = await one();
  for (let count = 1; count < 105; count++) await one();
  expect(codebuild.build(first)).toBeUndefined();
  await eventually("100 folders are left", () => folders().length === 100);
  const whole = () =>
    folders().filter((folder) => {
      const source = join(account.aws.folder, "builds", folder, "src");
      return existsSync(source) && statSync(source).isDirectory();
    });
  // The three failures before the last build, and the last one.
  await eventually("4 complete folders are left", () => whole().length === 4);
}, 600_000);
