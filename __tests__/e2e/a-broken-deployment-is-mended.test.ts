import { interruptedFirstApply, killedFirstApply } from "./faults/first-apply";
import { outsideFails } from "./faults/outside";
import { ownRole } from "./faults/own-role";
import type { Production } from "./faults/production";
import { Stand } from "./faults/stand";
import { lostStates, unwritableState } from "./faults/states";

/** One rehearsal, and in it one fault after the other; production answers all the time. */
const minutes = 60_000;
jest.setTimeout(15 * minutes);

let stand: Stand;
let production: Production | undefined;
beforeAll(async () => {
  // What is broken of SelfUpdate is then not deployed to dev and production before.
  stand = await Stand.restored("bootstrapped");
});
afterAll(async () => {
  production?.stop();
  await stand?.stop();
});

killedFirstApply(() => stand);

interruptedFirstApply(() => stand);

it("production is there, and asked from now on", async () => {
  production = await stand.watchProduction();
  expect(await production.commit()).toBe(await stand.session.workstation.head());
});

unwritableState(() => stand);
lostStates(() => stand);
ownRole(() => stand);
outsideFails(() => stand);

it("production has answered all the time", () => {
  expect(new Set(production?.answers)).toEqual(new Set([200]));
});
