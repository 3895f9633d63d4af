import { interruptedFirstApply, killedFirstApply } from "./faults/first-apply";
import { outsideFails } from "./faults/outside";
import { ownRole } from "./faults/own-role";
import type { Production } from "./faults/production";
import { FaultHarness } from "./faults/fault-harness";
import { lostStates, unwritableState } from "./faults/states";
import { restore } from "./saved-world/restore";

/** One rehearsal with one fault after another. Production responds all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let harness: FaultHarness;
let production: Production | undefined;
beforeAll(async () => {
  // In this world SelfUpdate runs before the deployments, so what breaks SelfUpdate is not deployed.
  harness = await restore(FaultHarness, "bootstrapped");
});
afterAll(async () => {
  production?.stop();
  await harness?.stop();
});

killedFirstApply(() => harness);
describe("production", () => {
  interruptedFirstApply(() => harness);

  it("responds after that", async () => {
    production = await harness.watchProduction();
    expect(await production.commit()).toBe(await harness.session.workstation.head());
  });
});
unwritableState(() => harness);
describe("npm run state:recover", () => lostStates(() => harness));
describe("SelfUpdate", () => ownRole(() => harness));
outsideFails(() => harness);

describe("production, from its first deployment on", () => {
  it("has responded to every request", () => {
    expect(new Set(production?.answers)).toEqual(new Set([200]));
  });
});
