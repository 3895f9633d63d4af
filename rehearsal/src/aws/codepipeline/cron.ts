/**
 * The cron expressions of the rule DeploymentWindow: seconds, minutes, hours, day of month, month, day of week and an
 * optional year. https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-DeploymentWindow.html
 */

/** A minute in a time zone. */
export interface Minute {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  /** 1 is January. */
  readonly month: number;
  readonly year: number;
}

type Matches = (at: Minute) => boolean;

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * Reads an expression.
 *
 * @returns whether a minute is in it
 * @throws Error that names the invalid field
 */
export function readCron(expression: string): Matches {
  const fields = expression.trim().split(/\s+/);
  if (fields.length < 6 || fields.length > 7) throw new Error(`"${expression}" does not have 6 or 7 fields`);
  const [seconds = "", minutes = "", hours = "", days = "", months = "", weekdays = "", years = "*"] = fields;
  if (!["*", "0"].includes(seconds)) throw new Error(`the seconds "${seconds}" are not *`);
  const fieldMatches: Matches[] = [
    numbers("minutes", minutes, 0, 59, ({ minute }) => minute),
    numbers("hours", hours, 0, 23, ({ hour }) => hour),
    (at) => isDay(days, at),
    numbers("months", named(months, MONTHS), 1, 12, ({ month }) => month),
    (at) => isWeekday(weekdays, at),
    numbers("years", years, 1970, 2199, ({ year }) => year),
  ];
  // The two that depend on the month read their fields again each time: here for their errors.
  for (const matches of fieldMatches) matches({ minute: 0, hour: 0, day: 1, month: 1, year: 2000 });
  return (at) => fieldMatches.every((matches) => matches(at));
}

/** The names of months or weekdays as numbers from 1. */
function named(field: string, names: readonly string[]): string {
  return field.replace(/[A-Za-z]{3,}/g, (name) => {
    const index = names.indexOf(name.toUpperCase());
    return index < 0 ? name : String(index + 1);
  });
}

/** A list of numbers, ranges and increments: `1,3-5,10/15`. A range can pass its end, as FRI-MON does. */
function numbers(
  name: string,
  field: string,
  low: number,
  high: number,
  of: (at: Minute) => number,
): Matches {
  if (field === "*" || field === "?") return () => true;
  const parts = field.split(",").map((part) => {
    const [, first = "", last, step] = /^(\*|\d+)(?:-(\d+))?(?:\/([1-9]\d*))?$/.exec(part) ?? [];
    const from = first === "*" ? low : Number(first);
    const to = last === undefined ? (step === undefined && first !== "*" ? from : high) : Number(last);
    if (first === "" || [from, to].some((one) => one < low || one > high))
      throw new Error(`the ${name} "${part}" are not within ${low}-${high}`);
    return (value: number) => {
      const offset = value >= from ? value - from : value + (high - low + 1) - from;
      const length = to >= from ? to - from : to + (high - low + 1) - from;
      return offset <= length && offset % Number(step ?? 1) === 0;
    };
  });
  return (at) => parts.some((part) => part(of(at)));
}

function isDay(field: string, at: Minute): boolean {
  const last = lastDay(at);
  if (field === "L") return at.day === last;
  if (field === "LW") return at.day === nearestWeekday(at, last);
  const [, before] = /^L-(\d+)$/.exec(field) ?? [];
  if (before !== undefined) return at.day === last - Number(before);
  const [, nearest] = /^(\d+)W$/.exec(field) ?? [];
  if (nearest !== undefined) return at.day === nearestWeekday(at, Number(nearest));
  return numbers("days of the month", field, 1, 31, ({ day }) => day)(at);
}

function isWeekday(field: string, at: Minute): boolean {
  const weekday = weekdayOf(at, at.day);
  const text = named(field, WEEKDAYS);
  if (text === "L") return weekday === 7;
  const [, day, kind, nth] = /^([1-7])(L|#([1-5]))$/.exec(text) ?? [];
  if (kind === undefined) return numbers("days of the week", text, 1, 7, () => weekday)(at);
  if (weekday !== Number(day)) return false;
  return kind === "L" ? at.day > lastDay(at) - 7 : Math.ceil(at.day / 7) === Number(nth);
}

function lastDay({ year, month }: Minute): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 1 is Sunday. */
function weekdayOf({ year, month }: Minute, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** The weekday, Monday to Friday, that is nearest to a day and in the same month. */
function nearestWeekday(at: Minute, day: number): number {
  const weekday = weekdayOf(at, day);
  if (weekday === 7) return day === 1 ? 3 : day - 1;
  if (weekday === 1) return day === lastDay(at) ? day - 2 : day + 1;
  return day;
}
