import { badVersion } from "./faults/bad-version";
import { endedInProduction, endedInSelfUpdate } from "./faults/killed";
import { newestWins } from "./faults/newest-wins";
import type { Production } from "./faults/production";
import { Stand } from "./faults/stand";
import { twoAtOnce } from "./faults/two-at-once";

/** One rehearsal, and in it one interruption after the other; production answers all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let stand: Stand;
let production: Production;
beforeAll(async () => {
  stand = await Stand.restored("delivered");
  production = await stand.watchProduction();
});
afterAll(async () => {
  production?.stop();
  await stand?.stop();
});

endedInProduction(() => stand);
endedInSelfUpdate(() => stand);
describe("deployments that meet", () => twoAtOnce(() => stand));
newestWins(
  () => stand,
  () => production,
);
badVersion(
  () => stand,
  () => production,
);

it("production has answered all the time", () => {
  expect(new Set(production.answers)).toEqual(new Set([200]));
});
