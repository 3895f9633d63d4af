import { badVersion } from "./faults/bad-version";
import { killedInProduction, killedInSelfUpdate } from "./faults/killed";
import { newestWins } from "./faults/newest-wins";
import type { Production } from "./faults/production";
import { FaultHarness } from "./faults/fault-harness";
import { twoAtOnce } from "./faults/two-at-once";
import { restore } from "./saved-world/restore";

/** One rehearsal with one interruption after another. Production responds all the time. */
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

killedInProduction(() => harness);
killedInSelfUpdate(() => harness);
describe("concurrent deployments", () => twoAtOnce(() => harness));
describe("a push", () => {
  newestWins(
    () => harness,
    () => production,
  );
  badVersion(
    () => harness,
    () => production,
  );
});

describe("production", () => {
  it("has responded to every request", () => {
    expect(new Set(production.answers)).toEqual(new Set([200]));
  });
});
