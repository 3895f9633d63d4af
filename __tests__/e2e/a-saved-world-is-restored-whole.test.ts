import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { replaceAddresses } from "../../rehearsal/src/addresses";
import { smokeTest } from "../../rehearsal/src/smoke-test";
import { outputVariables } from "../../rehearsal/src/watch";
import { FaultHarness } from "./faults/fault-harness";
import { everything } from "./saved-world/everything";
import { EVERYTHING, restore, savedWorld } from "./saved-world/restore";

/** The first test that needs the world creates it. */
jest.setTimeout(20 * 60_000);

let world: string;
let harnesses: FaultHarness[];

beforeAll(async () => {
  world = await savedWorld();
  harnesses = [await restore(FaultHarness, "delivered"), await restore(FaultHarness, "delivered")];
});

afterAll(async () => {
  for (const harness of harnesses ?? []) await harness.stop();
});

describe("a saved world", () => {
  it("has the same content as when it was saved, except for its addresses", async () => {
    const [harness] = harnesses as [FaultHarness];
    const { addresses } = JSON.parse(readFileSync(join(world, "delivered/session.json"), "utf8")) as {
      addresses: string[];
    };
    const { github, emulator, aws } = harness.session;
    const change = replaceAddresses(addresses, [github.url, emulator.url, aws.context.endpoint]);
    const saved = JSON.parse(change(readFileSync(join(world, EVERYTHING), "utf8"))) as unknown;
    expect(await everything(harness)).toEqual(saved);
  });

  it("can be read by its owner only", () => {
    expect(statSync(world).mode & 0o077).toBe(0);
    for (const file of ["aws.state", "github.state", "session.json", "state.pickle"])
      expect(statSync(join(world, "delivered", file)).mode & 0o777).toBe(0o600);
  });

  it("is live in production, has nothing to deploy, and is independent of another one", async () => {
    const [one, other] = harnesses as [FaultHarness, FaultHarness];
    const commit = await one.session.workstation.head();
    const { session } = one;
    const executions = session.aws.codepipeline.get(session.pipeline).executions;
    const outputs = await outputVariables(
      session.aws,
      session.pipeline,
      executions.at(-1)!.id,
      "DeployOnProd",
    );
    await smokeTest(outputs.API_URL!, "prod", commit);
    await one.drift("prod");
    expect(await one.isAsDefined("service-prod")).not.toBe(true);
    for (const stack of ["pipeline", "service-prod"]) expect(await other.isAsDefined(stack)).toBe(true);
  });

  it("delivers the next push, with its own GitHub and pipeline", async () => {
    const [, other] = harnesses as [FaultHarness, FaultHarness];
    await other.commit("Change nothing");
    expect((await other.deliver()).status).toBe("Succeeded");
  });
});
