import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import type { FaultHarness } from "./fault-harness";

/** Pushes a commit that would delete the role of SelfUpdate. */
export function ownRole(harness: () => FaultHarness): void {
  it("cannot delete its own role: the pipeline still runs, and bootstrap removes the partial changes", async () => {
    const renamed = '`${stack}-pipeline-${step === "SelfUpdate" ? "Updater" : step}`';
    harness().edit("stacks/names.ts", (text) => text.replace("`${stack}-pipeline-${step}`", renamed));
    await harness().commit("Rename the role of SelfUpdate");
    const { failure } = await harness().deliver();
    expect(failure?.action).toBe("SelfUpdate");
    expect(harness().buildLog(failure?.externalExecutionId)).toMatch(/DeleteRolePolicy[^]*explicit deny/);
    expect(await harness().isLocked("pipeline")).toBe(false);
    const iam = new IAMClient(clientConfig(harness().session.aws.context));
    await iam.send(new GetRoleCommand({ RoleName: "hw-pipeline-SelfUpdate" }));

    await harness().session.workstation.git("revert", "--no-edit", "HEAD");
    expect((await harness().deliver()).status).toBe("Succeeded");
    // The partial changes remain: the definition is the deployed one again, so SelfUpdate is skipped.
    const { code, output } = await harness().npm("bootstrap");
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    expect(await harness().isAsDefined("pipeline")).toBe(true);
  });
}
