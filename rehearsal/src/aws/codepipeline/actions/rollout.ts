/** The steps in which traffic is shifted to a new version. */
export interface Rollout {
  /** The percentages of the new version, one after the other; the last is 100. */
  readonly percents: readonly number[];
  /** The minutes between two steps. */
  readonly minutes: number;
}

/** The longest rollout in minutes: two days. */
const LONGEST = 2 * 24 * 60;

/** The strategies of the Lambda deploy action. Both numbers are free. */
const CANARY = /^Canary(\d+)Percent(\d+)Minutes$/;
const LINEAR = /^Linear(\d+)PercentEvery(\d+)Minutes?$/;

/** Parses a `DeployStrategy`. Returns undefined if AWS would reject it. */
export function readStrategy(strategy: string): Rollout | undefined {
  if (strategy === "AllAtOnce") return { percents: [100], minutes: 0 };
  const canary = CANARY.exec(strategy);
  const [, percent, minutes] = (canary ?? LINEAR.exec(strategy) ?? []).map(Number);
  if (!percent || !minutes || percent > 99) return undefined;
  const steps = canary ? 1 : Math.ceil(100 / percent) - 1;
  if (steps * minutes > LONGEST) return undefined;
  return { percents: [...Array.from({ length: steps }, (_, step) => (step + 1) * percent), 100], minutes };
}
