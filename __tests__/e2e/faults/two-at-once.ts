import { CodeBuildClient, StopBuildCommand } from "@aws-sdk/client-codebuild";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { kill, signal, when, type Moment } from "./moments";
import { STATES, type FaultHarness } from "./fault-harness";

/** The first change of an apply of dev, after the function was changed by hand. */
export const recorderChanges: Moment = {
  at: "received",
  request: /^PUT .*\/hw-dev-record-object\/configuration/,
};

/** Two applies of one stack, and an apply whose lock is removed. */
export function twoAtOnce(harness: () => FaultHarness): void {
  /** Starts a build of DeployOnDev and suspends its Terraform at the first change. */
  async function suspendedBuild(): Promise<{ id: string; resume: () => void }> {
    await harness().drift("dev");
    const stopped = kill("service-dev", recorderChanges, "SIGSTOP");
    const id = await harness().startBuild("DeployOnDev");
    await harness().eventually("the request arrives", stopped.hasFired);
    stopped.end();
    return { id, resume: () => signal("service-dev", "SIGCONT") };
  }

  it("do not disturb each other: the second one fails, and state:unlock shows the first one", async () => {
    const { id, resume } = await suspendedBuild();
    const second = await harness().buildEnd(await harness().startBuild("DeployOnDev"));
    expect(second.status).toBe("FAILED");
    expect(second.log).toMatch(/Error acquiring the state lock[^]*Operation: +OperationTypeApply/);
    const { output } = await harness().npm("state:unlock");
    expect(output).toMatch(new RegExp(`service-dev: locked since .*; build ${id} works on this stack`));
    resume();
    expect((await harness().buildEnd(id)).status).toBe("SUCCEEDED");
  });

  it("of production wait for the lock", async () => {
    const lock = { Bucket: STATES, Key: "hw/service-prod.tfstate.tflock" };
    const holder = { ID: randomUUID(), Operation: "OperationTypeApply", Who: "a build", Version: "1.11.4" };
    await harness().s3.send(new PutObjectCommand({ ...lock, Body: JSON.stringify(holder) }));
    // PlanOnProd does not lock the state: DeployOnProd is the first one that tries.
    const refused = when({ at: "answered", request: /^PUT .*\/service-prod\.tfstate\.tflock/ }, () => {
      void harness().s3.send(new DeleteObjectCommand(lock));
    });
    const { status } = await harness().startPipeline();
    expect(refused.end()).toBe(true);
    expect(status).toBe("Succeeded");
  });

  it("fail after everything is applied when the lock was deleted meanwhile", async () => {
    const { id, resume } = await suspendedBuild();
    await harness().s3.send(
      new DeleteObjectCommand({ Bucket: STATES, Key: "hw/service-dev.tfstate.tflock" }),
    );
    resume();
    const { status, log } = await harness().buildEnd(id);
    expect([status, log]).toEqual(["FAILED", expect.stringContaining("Error releasing the state lock")]);
  });

  it("are completed by the next build after the operator has removed the lock of a stopped one", async () => {
    const { id, resume } = await suspendedBuild();
    await new CodeBuildClient(harness().client).send(new StopBuildCommand({ id }));
    resume();
    expect((await harness().buildEnd(id)).status).toBe("STOPPED");
    await harness().unlock("service-dev", "SIGKILL");
    expect((await harness().buildEnd(await harness().startBuild("DeployOnDev"))).status).toBe("SUCCEEDED");
  });

  it("have deployed everything in the end", async () => {
    expect(await harness().isAsDefined("service-dev")).toBe(true);
  });
}
