import { Execution } from "../../src/aws/codepipeline/execution";
import { restoreServices, saveServices } from "../../src/aws/saved-state";

type Stores = Parameters<typeof saveServices>[0];

/** Services with one execution. */
function storesWith(execution: Execution | undefined) {
  const stores = {
    codepipeline: {
      save: () => ({ execution }),
      restore: (saved: { execution: Execution }) => (execution = saved.execution),
    },
    codebuild: { save: () => ({}), restore: () => undefined },
    connections: { save: () => ({}), restore: () => undefined },
    githubApp: { secret: "s" },
  } as unknown as Stores;
  return { stores, restored: () => execution };
}

describe("the saved state of the services", () => {
  it("contains executions, which can be retried and abandoned after they are restored", () => {
    const execution = new Execution({} as Execution["declaration"], { triggerType: "Webhook" }, {});
    execution.setStatus("Failed");
    const { stores, restored } = storesWith(undefined);
    restoreServices(stores, saveServices(storesWith(execution).stores), (text) => text);
    expect(restored()).toBeInstanceOf(Execution);
    expect(restored()).toMatchObject({ id: execution.id, status: "Failed" });
    restored()!.resume();
    expect(restored()!.abandoned.aborted).toBe(false);
    restored()!.abandon();
    expect(restored()!.abandoned.aborted).toBe(true);
  });
});
