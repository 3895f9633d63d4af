import { interruptedFirstApply, killedFirstApply } from "./faults/first-apply";
import { outsideFails } from "./faults/outside";
import { ownRole } from "./faults/own-role";
import type { Production } from "./faults/production";
import { FaultHarness } from "./faults/fault-harness";
import { lostStates, unwritableState } from "./faults/states";
import { restore } from "./saved-world/restore";

/** One rehearsal, and in it one fault after the other; production answers all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let harness: FaultHarness;
let production: Production | undefined;
beforeAll(async () => {
  // What is broken of SelfUpdate is then not deployed to dev and production before.
  harness = await restore(FaultHarness, "bootstrapped");
});
afterAll(async () => {
  production?.stop();
  await harness?.stop();
});

killedFirstApply(() => harness);

interruptedFirstApply(() => harness);

it("production is there, and asked from now on", async () => {
  production = await harness.watchProduction();
  expect(await production.commit()).toBe(await harness.session.workstation.head());
});

unwritableState(() => harness);
lostStates(() => harness);
ownRole(() => harness);
outsideFails(() => harness);

it("production has answered all the time", () => {
  expect(new Set(production?.answers)).toEqual(new Set([200]));
});
