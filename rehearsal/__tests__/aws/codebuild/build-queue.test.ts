import fc from "fast-check";
import { BuildQueue } from "../../../src/aws/codebuild/build-queue";
import { settled } from "../support/pipelines";

const NEVER = new AbortController().signal;

it("runs as many builds as its limit, then the others in order", async () => {
  const queue = new BuildQueue(2);
  const inside: number[] = [];
  for (const number of [1, 2, 3, 4]) void queue.enter(NEVER).then(() => inside.push(number));
  await settled();
  expect(inside).toEqual([1, 2]);
  queue.leave();
  await settled();
  expect(inside).toEqual([1, 2, 3]);
});

it("forgets builds that are cancelled, before and while they wait", async () => {
  const queue = new BuildQueue(1);
  await queue.enter(NEVER);
  expect(await queue.enter(AbortSignal.abort())).toBe(false);
  const impatient = new AbortController();
  const gaveUp = queue.enter(impatient.signal);
  const patient = queue.enter(NEVER);
  impatient.abort();
  expect(await gaveUp).toBe(false);
  queue.leave();
  expect(await patient).toBe(true);
});

it("never exceeds its limit, and finally runs every build that is not cancelled", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 20 }),
      async (limit, patience) => {
        const queue = new BuildQueue(limit);
        let running = 0;
        let most = 0;
        const visits = patience.map(async (isPatient) => {
          const abort = new AbortController();
          const entered = queue.enter(abort.signal);
          if (!isPatient) abort.abort();
          if (!(await entered)) return !isPatient;
          most = Math.max(most, ++running);
          await settled();
          running--;
          queue.leave();
          return true;
        });
        expect(await Promise.all(visits)).toEqual(patience.map(() => true));
        expect(most).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 30 },
  );
});
