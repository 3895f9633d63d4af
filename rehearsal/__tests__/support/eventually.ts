import { setTimeout as sleep } from "node:timers/promises";

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
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const result = await check();
    if (result) return result as Truthy<T>;
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} seconds: ${what}`);
    await sleep(50);
  }
}
