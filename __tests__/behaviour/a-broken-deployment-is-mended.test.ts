import { killedFirstApply } from "./faults/first-apply";
import { killedInProduction, killedInSelfUpdate } from "./faults/killed";
import { lostStates, unwritableState } from "./faults/states";
import { Stand } from "./faults/stand";

/** One rehearsal, and in it one fault after the other; production answers all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start();
});
afterAll(() => stand?.stop());

killedFirstApply(() => stand);

it("the next push brings everything to production", async () => {
  await stand.commit("Go on", () => undefined);
  expect((await stand.push()).status).toBe("Succeeded");
  await stand.watchProduction();
});

killedInProduction(() => stand);
killedInSelfUpdate(() => stand);
unwritableState(() => stand);
lostStates(() => stand);

it("production has answered all the time", () => {
  expect(stand.production.wrong).toEqual([]);
  expect(stand.production.asked).toBeGreaterThan(100);
});
