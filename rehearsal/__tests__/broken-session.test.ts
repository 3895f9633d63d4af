import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { CodeBuildClient, CreateProjectCommand, StartBuildCommand } from "@aws-sdk/client-codebuild";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { Session } from "../src/session";
import { findDescendants } from "../src/orphan-processes";
import { isAlive } from "./aws/codebuild/process-table";
import { eventually } from "./support/eventually";

let folder: string;
let root: string;
let session: Session | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "session-"));
  root = join(folder, "checkout");
  mkdirSync(root);
  symlinkSync(resolve(__dirname, "../../.cache"), join(root, ".cache"));
});

afterEach(async () => {
  await session?.stop();
  session = undefined;
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

/** Makes the folder a checkout whose HEAD has these files. */
function commit(...files: string[]): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: root });
  git("init", "--quiet");
  if (files.length > 0) git("add", ...files);
  git("commit", "--quiet", "--allow-empty", "--message", "One");
}

async function started(): Promise<Session> {
  commit();
  return (session = await Session.start({ root, folder: join(folder, "session") }));
}

/** Starts a build that prints its process, and waits until it runs. */
async function buildUnderWay(session: Session): Promise<{ id: string; pid: number }> {
  const aws = session.aws.context;
  const client = { endpoint: aws.endpoint, region: aws.region, credentials: aws.root };
  const iam = new IAMClient(client);
  const trust = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { Service: "codebuild.amazonaws.com" },
    },
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: "build", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const codebuild = new CodeBuildClient(client);
  await codebuild.send(
    new CreateProjectCommand({
      name: "long",
      serviceRole: Role!.Arn!,
      source: {
        type: "NO_SOURCE",
        buildspec: 'version: 0.2\nphases:\n  build:\n    commands: ["echo pid $$", "sleep 1000"]\n',
      },
      artifacts: { type: "NO_ARTIFACTS" },
      environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
      logsConfig: { cloudWatchLogs: { status: "DISABLED" } },
    }),
  );
  const { build } = await codebuild.send(new StartBuildCommand({ projectName: "long" }));
  iam.destroy();
  codebuild.destroy();
  const id = build!.id!;
  const pid = () => /^pid (\d+)$/m.exec(readFileSync(session.aws.codebuild.logFile(id), "utf8"))?.[1];
  await eventually("the build has started its process", () => pid() !== undefined);
  return { id, pid: Number(pid()) };
}

describe("a session whose emulator is killed", () => {
  it("reports it during a build, and stops its processes", async () => {
    const session = await started();
    const { id, pid } = await buildUnderWay(session);
    session.emulator.process.kill("SIGKILL");
    await expect(session.broken).rejects.toThrow(
      /The AWS emulator ended \(SIGKILL\)\. The end of .*emulator\.log/,
    );

    const answer = await fetch(`${session.aws.context.endpoint}/bucket`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/The emulator does not answer .*; see \/.*\/emulator\.log\./);
    expect(isAlive(pid)).toBe(true);

    await session.stop();
    await eventually("the process has terminated", () => !isAlive(pid));
    expect(session.aws.codebuild.build(id)).toMatchObject({ buildStatus: "STOPPED", buildComplete: true });
    const log = readFileSync(session.aws.codebuild.logFile(id), "utf8");
    expect(log).toContain("Phase complete: BUILD State: STOPPED");
    expect(log).toContain("The build's metrics were not published");
  }, 120_000);

  it("is not confused with a session that was stopped", async () => {
    const session = await started();
    const broken = jest.fn();
    session.broken.catch(broken);
    await session.stop();
    await new Promise((done) => setImmediate(done));
    expect(broken).not.toHaveBeenCalled();
  }, 120_000);

  it("makes `npm run rehearse` exit with 1 and the message, and leaves nothing behind", async () => {
    const project = resolve(__dirname, "../..");
    for (const name of ["rehearsal", "stacks", "tasks"])
      cpSync(join(project, name), join(root, name), { recursive: true });
    symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
    // Something that is under way when it happens.
    writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { bootstrap: "sleep 600" } }));
    commit("package.json");
    const mark = randomUUID();
    const child = spawn(
      process.execPath,
      ["--require", "./tasks/start.cjs", join(root, "rehearsal/src/cli.ts")],
      {
        cwd: project,
        env: { ...process.env, REHEARSAL_PROCESS: mark },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const complaints = text(child.stderr);
    const log = join(root, `.rehearsal/session-${child.pid}/bootstrap.log`);
    while (!existsSync(log) && child.exitCode === null) await new Promise((done) => setTimeout(done, 50));
    const emulator = execFileSync("pgrep", ["-P", String(child.pid), "-f", "launcher.py"], {
      encoding: "utf8",
    });
    process.kill(Number(emulator), "SIGKILL");
    if (child.exitCode === null) await once(child, "exit");
    expect(await complaints).toMatch(/^The AWS emulator ended \(SIGKILL\)\. The end of .*emulator\.log:$/m);
    expect(child.exitCode).toBe(1);
    await eventually("nothing is left", () => findDescendants(child.pid!, mark).length === 0);
  }, 120_000);
});
