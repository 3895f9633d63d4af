import type { Benchmark, Benchmarks, Sample } from "../../bench/benchmark";
import { chosen, median, run } from "../../bench/run";
import { UsageError } from "../../tasks/program";

const figures = { time: { what: "a command", unit: "s" } } as const;
const benchmark = (more: Partial<Benchmark> = {}): Benchmark => ({
  figures,
  rounds: 1,
  measure: () => Promise.resolve({ time: 1 }),
  ...more,
});

describe("the choice of benchmarks", () => {
  const all: Benchmarks = { synth: benchmark(), test: benchmark({ isLong: true }), start: benchmark() };

  it.each([
    { names: [], all: false, expected: ["synth", "start"] },
    { names: [], all: true, expected: ["synth", "test", "start"] },
    { names: ["test", "synth"], all: false, expected: ["synth", "test"] },
  ])("is $expected for the names $names and --all $all", ({ names, all: every, expected }) => {
    expect(Object.keys(chosen(all, names, every))).toEqual(expected);
  });

  it.each(["nope", "toString"])("refuses the name %s and lists the others", (name) => {
    const choose = () => chosen(all, ["synth", name], false);
    expect(choose).toThrow(UsageError);
    expect(choose).toThrow(`No benchmark is named ${name}. The benchmarks are synth, test, start.`);
  });
});

describe("a run", () => {
  it("lets the benchmarks take turns, each as often as it wants", async () => {
    const order: string[] = [];
    const named = (name: string, rounds: number) =>
      benchmark({ rounds, measure: () => Promise.resolve({ time: order.push(name) }) });
    await run({ one: named("one", 3), other: named("other", 2) }, () => undefined);
    expect(order).toEqual(["one", "other", "one", "other", "one"]);
  });

  it("prepares every benchmark before it measures one", async () => {
    const said: string[] = [];
    const prepare = () => Promise.resolve();
    await run({ one: benchmark({ prepare }), other: benchmark({ prepare }) }, (what) => said.push(what));
    expect(said).toEqual(["preparing one", "preparing other", "one, round 1 of 1", "other, round 1 of 1"]);
  });

  it("returns the median of each figure", async () => {
    const values = [3, 1, 100];
    const measure = () => Promise.resolve({ time: values.pop()! });
    const results = await run({ one: benchmark({ rounds: 3, measure }) }, () => undefined);
    expect(results).toEqual([{ ...figures.time, median: 3 }]);
  });

  it("continues with the others if one fails, and does not start that one again", async () => {
    let starts = 0;
    const measure = () => {
      starts++;
      return Promise.reject(new Error("npm test failed with 1"));
    };
    const results = await run({ bad: benchmark({ rounds: 3, measure }), good: benchmark() }, () => undefined);
    expect(starts).toBe(1);
    expect(results).toEqual([
      { ...figures.time, failure: "bad, round 1 of 3: npm test failed with 1" },
      { ...figures.time, median: 1 },
    ]);
  });

  it("does not measure what it could not prepare", async () => {
    const measure = jest.fn();
    const prepare = () => Promise.reject(new Error("terraform was not found"));
    const [result] = await run({ bad: benchmark({ prepare, measure }) }, () => undefined);
    expect(measure).not.toHaveBeenCalled();
    expect(result).toMatchObject({ failure: "preparing bad: terraform was not found" });
  });

  it.each<Sample>([{}, { time: NaN }])("fails if a benchmark measures %p", async (sample) => {
    const measure = () => Promise.resolve(sample);
    const [result] = await run({ bad: benchmark({ measure }) }, () => undefined);
    expect(result).toMatchObject({ failure: "bad, round 1 of 1: it measured no time" });
  });
});

it.each([
  { values: [5], expected: 5 },
  { values: [9, 1, 5], expected: 5 },
  { values: [10, 9, 1, 3], expected: 6 },
])("the median of $values is $expected", ({ values, expected }) => {
  expect(median(values)).toBe(expected);
});
