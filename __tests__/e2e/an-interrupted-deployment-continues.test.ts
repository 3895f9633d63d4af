import { badVersion } from "./faults/bad-version";
import { endedInProduction, endedInSelfUpdate } from "./faults/killed";
import { newestWins } from "./faults/newest-wins";
import type { Production } from "./faults/production";
import { FaultHarness } from "./faults/fault-harness";
import { twoAtOnce } from "./faults/two-at-once";
import { restore } from "./saved-world/restore";

/** One rehearsal, and in it one interruption after the other; production answers all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let harness: FaultHarness;
let production: Production;
beforeAll(async () => {
  harness = await restore(FaultHarness, "delivered");
  production = await harness.watchProduction();
});
afterAll(async () => {
  production?.stop();
  await harness?.stop();
});

endedInProduction(() => harness);
endedInSelfUpdate(() => harness);
describe("deployments that meet", () => twoAtOnce(() => harness));
newestWins(
  () => harness,
  () => production,
);
badVersion(
  () => harness,
  () => production,
);

it("production has answered all the time", () => {
  expect(new Set(production.answers)).toEqual(new Set([200]));
});
