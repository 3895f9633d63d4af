/** How traffic goes to a new version: `percent` of it more every so many minutes, until it has all. */
export interface Rollout {
  /** What the new version has, one after the other; the last is 100. */
  readonly percents: readonly number[];
  /** Between one and the next. */
  readonly minutes: number;
}

/** The longest that CodePipeline waits in all: two days. */
const LONGEST = 2 * 24 * 60;

/** The strategies of the Lambda deploy action; both numbers are the user's. */
const CANARY = /^Canary(\d+)Percent(\d+)Minutes$/;
const LINEAR = /^Linear(\d+)PercentEvery(\d+)Minutes?$/;

/** A `DeployStrategy`, read; undefined for what AWS would not take. */
export function readStrategy(strategy: string): Rollout | undefined {
  if (strategy === "AllAtOnce") return { percents: [100], minutes: 0 };
  const canary = CANARY.exec(strategy);
  const [, percent, minutes] = (canary ?? LINEAR.exec(strategy) ?? []).map(Number);
  if (!percent || !minutes || percent > 99) return undefined;
  const steps = canary ? 1 : Math.ceil(100 / percent) - 1;
  if (steps * minutes > LONGEST) return undefined;
  return { percents: [...Array.from({ length: steps }, (_, step) => (step + 1) * percent), 100], minutes };
}
