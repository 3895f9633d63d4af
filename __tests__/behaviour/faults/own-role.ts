import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientConfig } from "../../../rehearsal/cloud/client-config";
import type { Stand } from "./stand";

/** A commit that would take from SelfUpdate the role it runs with. */
export function ownRole(stand: () => Stand): void {
  it("a change that deletes the role in use is refused by IAM; the pipeline still runs, and bootstrap removes what was half done", async () => {
    const names = (clone: string) => join(clone, "stacks/names.ts");
    const before = readFileSync(names(stand().session.laptop.clone), "utf8");
    await stand().commit("Rename the role of SelfUpdate", (clone) => {
      const renamed = '`${stack}-pipeline-${step === "SelfUpdate" ? "Updater" : step}`';
      writeFileSync(names(clone), before.replace("`${stack}-pipeline-${step}`", renamed));
    });
    const { failure } = await stand().push();
    expect(failure?.action).toBe("SelfUpdate");
    expect(stand().log(failure?.externalExecutionId)).toMatch(/DeleteRolePolicy[^]*explicit deny/);
    expect(await stand().isLocked("pipeline")).toBe(false);
    const iam = new IAMClient(clientConfig(stand().session.cloud.cloud));
    await iam.send(new GetRoleCommand({ RoleName: "hw-pipeline-SelfUpdate" }));

    await stand().commit("Take the name back", (clone) => writeFileSync(names(clone), before));
    expect((await stand().push()).status).toBe("Succeeded");
    // What was half done is not undone by it: the definition is the deployed one again, and SelfUpdate is skipped.
    const { code, output } = await stand().npm(["bootstrap"]);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    expect(await stand().isAsDefined("pipeline")).toBe(true);
  });
}
