import { interruptedFirstApply, killedFirstApply } from "./faults/first-apply";
import type { Production } from "./faults/production";
import { lostStates, unwritableState } from "./faults/states";
import { Stand } from "./faults/stand";

/** One rehearsal, and in it one fault after the other; production answers all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let stand: Stand;
let production: Production | undefined;
beforeAll(async () => {
  stand = await Stand.start();
});
afterAll(async () => {
  production?.stop();
  await stand?.stop();
});

killedFirstApply(() => stand);

interruptedFirstApply(() => stand);

it("production is there, and asked from now on", async () => {
  production = await stand.watchProduction();
  expect(await production.commit()).toBe(await stand.session.laptop.head());
});

unwritableState(() => stand);
lostStates(() => stand);

it("production has answered all the time", () => {
  expect(new Set(production?.answers)).toEqual(new Set([200]));
});
