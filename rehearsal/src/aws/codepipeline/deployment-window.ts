import { readCron, type Minute } from "./cron";

type Configuration = Readonly<Record<string, string>>;

/** Returns what is wrong with the configuration of a rule DeploymentWindow, or nothing. */
export function windowProblem({ Cron, TimeZone }: Configuration): string | undefined {
  if (Cron === undefined) return "is missing required configuration Cron";
  try {
    readCron(Cron)(minuteIn(TimeZone, new Date()));
    return undefined;
  } catch (error) {
    return `is invalid: ${(error as Error).message}`;
  }
}

/** Returns whether a deployment window is open. */
export function isOpen({ Cron = "", TimeZone }: Configuration, at: Date): boolean {
  return readCron(Cron)(minuteIn(TimeZone, at));
}

/**
 * Returns a time as the clocks of a time zone show it: `Europe/Berlin`, `UTC` or `UTC+05:30`. AWS knows abbreviations
 * such as `IST` too, several of which stand for more than one zone.
 *
 * @throws Error if the rehearsal does not know the zone
 */
function minuteIn(timeZone = "UTC", at: Date): Minute {
  const [, sign, hours = 0, minutes = 0] = /^UTC(?:([+-])(\d\d):([0-5]\d))?$/.exec(timeZone) ?? [];
  if (timeZone.startsWith("UTC") && (sign !== undefined || timeZone === "UTC")) {
    const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
    return parts("UTC", new Date(at.getTime() + offset * 60_000));
  }
  if (!/^[A-Za-z]+(\/[A-Za-z_-]+)+$/.test(timeZone))
    throw new Error(`the time zone "${timeZone}" is not emulated by the rehearsal`);
  return parts(timeZone, at);
}

/** @throws RangeError if there is no such zone */
function parts(timeZone: string, at: Date): Minute {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    ...{ minute: "2-digit", hour: "2-digit", hourCycle: "h23" },
    ...{ day: "numeric", month: "numeric", year: "numeric" },
  });
  const values = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { minute = 0, hour = 0, day = 0, month = 0, year = 0 } = values;
  return { minute, hour, day, month, year };
}
