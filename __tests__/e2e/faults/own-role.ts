import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import type { Stand } from "./stand";

/** A commit that would take from SelfUpdate the role it runs with. */
export function ownRole(stand: () => Stand): void {
  it("a change that deletes the role in use is refused by IAM; the pipeline still runs, and bootstrap removes what was half done", async () => {
    const renamed = '`${stack}-pipeline-${step === "SelfUpdate" ? "Updater" : step}`';
    stand().edit("stacks/names.ts", (text) => text.replace("`${stack}-pipeline-${step}`", renamed));
    await stand().commit("Rename the role of SelfUpdate");
    const { failure } = await stand().push();
    expect(failure?.action).toBe("SelfUpdate");
    expect(stand().log(failure?.externalExecutionId)).toMatch(/DeleteRolePolicy[^]*explicit deny/);
    expect(await stand().isLocked("pipeline")).toBe(false);
    const iam = new IAMClient(clientConfig(stand().session.aws.context));
    await iam.send(new GetRoleCommand({ RoleName: "hw-pipeline-SelfUpdate" }));

    await stand().session.workstation.git("revert", "--no-edit", "HEAD");
    expect((await stand().push()).status).toBe("Succeeded");
    // What was half done is not undone by it: the definition is the deployed one again, and SelfUpdate is skipped.
    const { code, output } = await stand().npm(["bootstrap"]);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    expect(await stand().isAsDefined("pipeline")).toBe(true);
  });
}
