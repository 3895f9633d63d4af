import { setTimeout as sleep } from "node:timers/promises";

/**
 * The pause between two checks, in milliseconds: short at first, then a twentieth of the time waited. Whatever takes
 * a minute is not checked a thousand times, each by calls that the tested processes wait for.
 */
const pauseAfter = (waited: number) => Math.min(Math.max(50, waited / 20), 500);

/** Less than Jest's timeout for a test, so that a test that waits in vain says what it waited for. */
const SECONDS = 45;

type Truthy<T> = Exclude<T, false | 0 | "" | null | undefined>;

/**
 * Polls `check` until it returns something truthy, and returns that.
 *
 * @param what What the test waits for, as a sentence: "the build starts".
 * @param seconds When to give up; more only in a test with a longer timeout of its own.
 * @throws An error with `what` when the time is up, and whatever `check` throws.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  seconds = SECONDS,
): Promise<Truthy<T>> {
  // Not the time of day, which a test can set meanwhile.
  const start = performance.now();
  for (;;) {
    const result = await check();
    if (result) return result as Truthy<T>;
    const waited = performance.now() - start;
    if (waited > seconds * 1000) throw new Error(`Not within ${seconds} seconds: ${what}`);
    await sleep(pauseAfter(waited));
  }
}
