import { isOpen, windowProblem } from "../../../src/aws/codepipeline/deployment-window";

/** Whether a window is open at a time in UTC. 1 December 2026 is a Tuesday. */
const open = (Cron: string, at: string, TimeZone?: string) =>
  isOpen({ Cron, ...(TimeZone !== undefined && { TimeZone }) }, new Date(at));

describe("a deployment window", () => {
  it.each([
    ["2026-12-01T08:59:59Z", false],
    ["2026-12-01T09:00:00Z", true],
    ["2026-12-01T16:59:59Z", true],
    ["2026-12-01T17:00:00Z", false],
    // A Saturday.
    ["2026-12-05T10:00:00Z", false],
  ])("from nine to five on weekdays, at %s: open is %s", (at, expected) => {
    expect(open("* * 9-16 ? * MON-FRI *", at)).toBe(expected);
    expect(open("* * 9-16 ? * mon-fri", at)).toBe(expected);
    expect(open("0 * 9-16 ? 1-12 2-6 2026-2199", at)).toBe(expected);
  });

  it.each([
    ["Europe/Berlin", "2026-12-01T08:00:00Z", true],
    // In summer the clocks are two hours ahead.
    ["Europe/Berlin", "2026-07-01T07:00:00Z", true],
    ["Europe/Berlin", "2026-12-01T07:00:00Z", false],
    ["UTC+05:30", "2026-12-01T03:30:00Z", true],
    ["UTC-03:00", "2026-12-01T11:59:00Z", false],
    ["UTC", "2026-12-01T09:00:00Z", true],
    [undefined, "2026-12-01T09:00:00Z", true],
  ])("is in the time zone %s, at %s: open is %s", (zone, at, expected) => {
    expect(open("* * 9 ? * * *", at, zone)).toBe(expected);
  });

  it.each<[string, string, string[]]>([
    ["an increment", "* 5/20 * ? * *", ["2026-12-01T00:05:00Z", "2026-12-01T00:45:00Z"]],
    ["a list", "* * 1,3 ? * *", ["2026-12-01T01:00:00Z", "2026-12-01T03:59:00Z"]],
    ["a range over the week's end", "* * * ? * FRI-MON", ["2026-12-04T00:00:00Z", "2026-12-06T00:00:00Z"]],
    ["the last day of the month", "* * * L * ?", ["2027-02-28T00:00:00Z", "2026-12-31T00:00:00Z"]],
    ["the third to last day", "* * * L-3 * ?", ["2026-12-28T00:00:00Z"]],
    // 15 November 2026 is a Sunday, 31 October a Saturday.
    ["the nearest weekday", "* * * 15W * ?", ["2026-11-16T00:00:00Z", "2026-12-15T00:00:00Z"]],
    ["the last weekday", "* * * LW * ?", ["2026-10-30T00:00:00Z", "2026-12-31T00:00:00Z"]],
    ["the last Friday", "* * * ? * 6L", ["2026-12-25T00:00:00Z"]],
    ["the third Friday", "* * * ? * FRI#3", ["2026-12-18T00:00:00Z"]],
    ["Saturdays as L", "* * * ? * L", ["2026-12-05T00:00:00Z"]],
    ["a month by name", "* * * 1 DEC ?", ["2026-12-01T00:00:00Z"]],
  ])("knows %s", (_, cron, open_) => {
    for (const at of open_) expect([at, open(cron, at)]).toEqual([at, true]);
    const days = Array.from({ length: 365 }, (_each, day) => new Date(Date.UTC(2026, 10, 1 + day)));
    const closed = days.filter((at) => !isOpen({ Cron: cron }, at));
    expect(closed.length).toBeGreaterThan(100);
  });

  it.each([
    [{}, /missing required configuration Cron/],
    [{ Cron: "* * 9-16 ? *" }, /6 or 7 fields/],
    [{ Cron: "5 * * ? * *" }, /seconds "5"/],
    [{ Cron: "* 60 * ? * *" }, /minutes "60" are not within 0-59/],
    [{ Cron: "* * x ? * *" }, /hours "x"/],
    [{ Cron: "* * * 32 * ?" }, /days of the month "32"/],
    [{ Cron: "* * * ? * NOW" }, /days of the week "NOW"/],
    [{ Cron: "* * * ? * * 2200" }, /years "2200"/],
    [{ Cron: "* * * ? * *", TimeZone: "Europe/Atlantis" }, /Invalid time zone/],
    [{ Cron: "* * * ? * *", TimeZone: "CST" }, /not emulated/],
  ])("refuses %j", (configuration, message) => {
    expect(windowProblem(configuration as Record<string, string>)).toMatch(message);
  });

  it("accepts a valid configuration", () => {
    expect(windowProblem({ Cron: "* * 9-16 ? * MON-FRI *", TimeZone: "Europe/Berlin" })).toBeUndefined();
  });
});
