import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Project } from "@aws-sdk/client-codebuild";
import { BuildQueue } from "../../../src/aws/codebuild/build-queue";
import { BuildRun } from "../../../src/aws/codebuild/build-run";
import { eventually } from "../../support/eventually";
import { commands, phases, useBuildFixture } from "./build-fixture";
import { groupOf, membersOf } from "./process-table";

const fixture = useBuildFixture();

describe("terminating a build", () => {
  it("stops the running command and the build", async () => {
    const run = await fixture.start(commands("echo started", "sleep 1000"));
    const log = () => readFileSync(fixture.codebuild.logFile(run.id), "utf8");
    await eventually("the command runs", () => log().includes("Running command sleep"));
    await run.stop();
    const finished = await run.finished;
    expect(finished).toMatchObject({
      status: "STOPPED",
      build: { buildStatus: "STOPPED", buildComplete: true },
    });
    expect(phases(finished)).toMatchObject({ BUILD: "STOPPED", FINALIZING: "SUCCEEDED" });
    expect(phases(finished)).not.toHaveProperty("POST_BUILD");
  });

  it("terminates all processes at the timeout, even those that ignore SIGTERM", async () => {
    const pids = join(fixture.account.aws.folder, "stubborn");
    // Children inherit ignored signals.
    const stubborn = `sh -c 'trap "" TERM; sleep 1000 & echo "$$ $!" > ${pids}; wait' &`;
    const project = {
      name: "slow",
      serviceRole: fixture.role,
      source: { type: "NO_SOURCE", buildspec: commands(stubborn, "sleep 1000") },
      queuedTimeoutInMinutes: 5,
    };
    // Fifteen seconds; the service accepts whole minutes, from five.
    const request = { project: { ...project, timeoutInMinutes: 0.25 } as Project, number: 1, initiator: "i" };
    const run = BuildRun.start(
      fixture.account.aws,
      { ...request, inputs: [], outputs: [], environment: [] },
      new BuildQueue(1),
      () => undefined,
    );
    const text = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");
    const isUp = () => text(pids).endsWith("\n") && text(run.logFile).includes("Running command sleep");
    await eventually("the command runs", isUp);
    const [child, grandchild] = readFileSync(pids, "utf8").split(" ").map(Number);
    const group = groupOf(child!);
    expect(membersOf(group)).toEqual(expect.arrayContaining([group, child, grandchild]));
    const finished = await run.finished;
    expect(finished.message).toMatch(/^Build terminated with state: TIMED_OUT. Phase: .*BUILD_TIMED_OUT/);
    expect(finished.build).toMatchObject({ buildStatus: "TIMED_OUT", buildComplete: true });
    await eventually("the processes have terminated", () => membersOf(group).length === 0);
  });

  it("times out a build that is queued for too long", async () => {
    const queue = new BuildQueue(1);
    await queue.enter(new AbortController().signal);
    const project = {
      name: "waiting",
      serviceRole: fixture.role,
      source: { type: "NO_SOURCE", buildspec: commands("true") },
    };
    // Half a second; the service accepts whole minutes, from five.
    const request = { project: { ...project, queuedTimeoutInMinutes: 0.01 } as Project, number: 1 };
    const run = BuildRun.start(
      fixture.account.aws,
      { ...request, initiator: "i", inputs: [], outputs: [], environment: [] },
      queue,
      () => undefined,
    );
    const { status, build } = await run.finished;
    expect(status).toBe("TIMED_OUT");
    expect(build.phases!.find(({ phaseType }) => phaseType === "QUEUED")!.phaseStatus).toBe("TIMED_OUT");
    expect(build.phases!.some(({ phaseType }) => phaseType === "PROVISIONING")).toBe(false);
  });
});
