import { CodeBuildClient, StopBuildCommand } from "@aws-sdk/client-codebuild";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { kill, signal, when, type Moment } from "./moments";
import { STATES, type FaultHarness } from "./fault-harness";

/** The first change of an apply of dev, after somebody has changed the function by hand. */
export const recorderChanges: Moment = {
  at: "received",
  request: /^PUT .*\/hw-dev-record-object\/configuration/,
};

/** Two applies of one stack, and an apply that loses its lock. */
export function twoAtOnce(harness: () => FaultHarness): void {
  /** A build of DeployOnDev that stands still in its first change; the function lets it go on. */
  async function halfWay(): Promise<{ id: string; goOn: () => void }> {
    await harness().drift("dev");
    const stopped = kill("service-dev", recorderChanges, "SIGSTOP");
    const id = await harness().startBuild("DeployOnDev");
    await harness().eventually("the request arrives", stopped.hasFired);
    stopped.end();
    return { id, goOn: () => signal("service-dev", "SIGCONT") };
  }

  it("of two deployments at once, the second fails and names the first; the first is not disturbed", async () => {
    const { id, goOn } = await halfWay();
    const second = await harness().buildEnd(await harness().startBuild("DeployOnDev"));
    expect(second.status).toBe("FAILED");
    expect(second.log).toMatch(/Error acquiring the state lock[^]*Operation: +OperationTypeApply/);
    const { output } = await harness().npm("state:unlock");
    expect(output).toMatch(new RegExp(`service-dev: locked since .*; build ${id} works on this stack`));
    goOn();
    expect((await harness().buildEnd(id)).status).toBe("SUCCEEDED");
  });

  it("a deployment of production waits for the one that holds the lock", async () => {
    const lock = { Bucket: STATES, Key: "hw/service-prod.tfstate.tflock" };
    const holder = { ID: randomUUID(), Operation: "OperationTypeApply", Who: "a build", Version: "1.11.4" };
    await harness().s3.send(new PutObjectCommand({ ...lock, Body: JSON.stringify(holder) }));
    // PlanOnProd takes no lock: the first who asks for it, and is refused, is DeployOnProd.
    const refused = when({ at: "answered", request: /^PUT .*\/service-prod\.tfstate\.tflock/ }, () => {
      void harness().s3.send(new DeleteObjectCommand(lock));
    });
    const { status } = await harness().startPipeline();
    expect(refused.end()).toBe(true);
    expect(status).toBe("Succeeded");
  });

  it("a lock that is deleted under a live apply makes the build fail, after its work is done", async () => {
    const { id, goOn } = await halfWay();
    await harness().s3.send(
      new DeleteObjectCommand({ Bucket: STATES, Key: "hw/service-dev.tfstate.tflock" }),
    );
    goOn();
    const { status, log } = await harness().buildEnd(id);
    expect([status, log]).toEqual(["FAILED", expect.stringContaining("Error releasing the state lock")]);
  });

  it("a build that is stopped leaves a lock that nobody holds, if any; the next one ends what it began", async () => {
    const { id, goOn } = await halfWay();
    await new CodeBuildClient(harness().client).send(new StopBuildCommand({ id }));
    goOn();
    expect((await harness().buildEnd(id)).status).toBe("STOPPED");
    await harness().unlock("service-dev", "SIGKILL");
    expect((await harness().buildEnd(await harness().startBuild("DeployOnDev"))).status).toBe("SUCCEEDED");
  });

  it("nothing is left to do after that", async () => {
    expect(await harness().isAsDefined("service-dev")).toBe(true);
  });
}
