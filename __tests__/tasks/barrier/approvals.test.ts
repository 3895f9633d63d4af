import { definitionChanges } from "../../../tasks/barrier/definition-change";
import { valueAt, type JsonObject } from "../../../stacks/stack-json";
import { changes, pipeline, stack, stageIndex, stages, withStages } from "./changed-pipeline";
import { changed, clone, pipelineJson } from "./synthesized-stacks";

describe("lostApprovals", () => {
  it("lists a removed approval first", () => {
    const without = pipelineJson({ pipeline_manual_approval: "false" });
    expect(changes(without).slice(0, 1)).toEqual([
      "APPROVAL REMOVED: ManualApproval, before DeployOnProd, ReleaseApi, ReleaseRecordObject, VerifyProd, SelfUpdate",
    ]);
    expect(changes(without)).toContain("stage ManualApproval is removed");
  });

  it("lists first an action that no longer follows an approval, though all still exist", () => {
    const later = withStages((all) => {
      const [deploy] = all.splice(stageIndex("DeployOnProd"), 1);
      return [
        ...all.slice(0, stageIndex("ManualApproval")),
        deploy!,
        ...all.slice(stageIndex("ManualApproval")),
      ];
    });
    expect(changes(later)[0]).toBe("NO LONGER BEHIND THE APPROVAL ManualApproval: DeployOnProd");
    expect(changes(later)).toContainEqual(
      expect.stringContaining("the order of the stages changes: Source1"),
    );
  });

  it("lists first an approval that runs in parallel with what it approves", () => {
    const beside = withStages((all) => {
      const [deploy] = all.splice(stageIndex("DeployOnProd"), 1);
      const actions = all[stageIndex("ManualApproval")]!.action as JsonObject[];
      actions.push({ ...(deploy!.action as JsonObject[])[0]!, run_order: 1 });
      return all;
    });
    expect(changes(beside)[0]).toBe("NO LONGER BEHIND THE APPROVAL ManualApproval: DeployOnProd");
  });

  it("lists first an action that now precedes its approval under the same name", () => {
    const twice = withStages((all) => {
      const copy = { ...clone(all[stageIndex("DeployOnProd")]!), name: "Twice" };
      return [
        ...all.slice(0, stageIndex("ManualApproval")),
        copy,
        ...all.slice(stageIndex("ManualApproval")),
      ];
    });
    expect(changes(twice)[0]).toBe("NO LONGER BEHIND THE APPROVAL ManualApproval: DeployOnProd");
  });

  it("lists first an approval that can be skipped", () => {
    const always = withStages((all) => {
      const { before_entry: _, ...stage } = all[stageIndex("ManualApproval")]!;
      return all.with(stageIndex("ManualApproval"), stage);
    });
    const skipped = withStages((all) => {
      all[stageIndex("ManualApproval")] = {
        ...all[stageIndex("ManualApproval")]!,
        before_entry: valueAt(stages, stageIndex("ConfirmPermissions"), "before_entry")!,
      };
      return all;
    });
    expect(definitionChanges(always, skipped)[0]).toMatch(
      /^OTHER CONDITIONS OF THE APPROVAL ManualApproval: before_entry none → .*ADDED_PERMISSIONS/,
    );
  });

  it("lists first an approval whose condition changes", () => {
    const path = [
      ...pipeline,
      "stage",
      stageIndex("ConfirmPermissions"),
      "before_entry",
      "condition",
      "rule",
      0,
      "configuration",
      "Value",
    ];
    expect(changes(changed(stack, path, "#{UnitTest.ADDED_PERMISSIONS}"))[0]).toMatch(
      /^OTHER CONDITIONS OF THE APPROVAL ConfirmPermissions/,
    );
  });

  it("lists first a rejection that no longer stops the execution", () => {
    const continues = withStages((all) => {
      all[stageIndex("ManualApproval")] = {
        ...all[stageIndex("ManualApproval")]!,
        on_failure: { result: "SKIP" },
      };
      return all;
    });
    expect(changes(continues)[0]).toBe(
      'OTHER CONDITIONS OF THE APPROVAL ManualApproval: on_failure none → {"result":"SKIP"}',
    );
  });

  it("lists first a new action that precedes every approval", () => {
    const early = withStages((all) => {
      const deploy = clone(all[stageIndex("DeployOnProd")]!);
      return [
        all[0]!,
        { ...deploy, name: "Early", action: [{ ...(deploy.action as JsonObject[])[0]!, name: "Early" }] },
        ...all.slice(1),
      ];
    });
    expect(changes(early)[0]).toBe("NEW BEFORE EVERY APPROVAL: the action Early");
    expect(changes(early)).toContain("stage Early is added: Early");
  });

  it("lists nothing first if an approval is added", () => {
    const added = definitionChanges(pipelineJson({ pipeline_manual_approval: "false" }), stack);
    expect(added.join()).not.toMatch(/[A-Z]{4,} [A-Z]{4,}/);
    expect(added).toContain("stage ManualApproval is added: ManualApproval");
  });
});
