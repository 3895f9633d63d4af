import { isBelowAim, scoresOf, table, type Results } from "../../mutation/scores";

function results(files: Record<string, Record<string, number>>): Results {
  const mutants = (counts: Record<string, number>) =>
    Object.entries(counts).flatMap(([status, count]) => Array.from({ length: count }, () => ({ status })));
  return {
    files: Object.fromEntries(
      Object.entries(files).map(([file, counts]) => [file, { mutants: mutants(counts) }]),
    ),
  };
}

const glob = "tasks/permissions/glob.ts";

it("counts a mutant that no test reaches like one that survives, and one that never ends as noticed", () => {
  const counts = { Killed: 17, Timeout: 2, Survived: 1, NoCoverage: 5, Ignored: 9, RuntimeError: 3 };
  expect(scoresOf(results({ [glob]: counts }), [glob])).toEqual([
    { module: glob, killed: 19, survived: 1, notReached: 5, percent: 76, ofReached: 95, aim: 95 },
  ]);
});

it("shows the worst first, and only modules that are asked for and have mutants", () => {
  const all = results({
    "tasks/b.ts": { Killed: 9, Survived: 1 },
    "tasks/a.ts": { Killed: 9, Survived: 1 },
    "tasks/worst.ts": { Survived: 1 },
    "tasks/best.ts": { Killed: 1 },
    "tasks/types.ts": {},
    "tasks/other.ts": { Survived: 9 },
  });
  const asked = [
    "tasks/best.ts",
    "tasks/b.ts",
    "tasks/a.ts",
    "tasks/worst.ts",
    "tasks/types.ts",
    "tasks/new.ts",
  ];
  expect(scoresOf(all, asked).map(({ module }) => module)).toEqual([
    "tasks/worst.ts",
    "tasks/a.ts",
    "tasks/b.ts",
    "tasks/best.ts",
  ]);
});

it("holds all mutants of a module that decides against it, and of another those that a test reaches", () => {
  const of = (module: string, counts: Record<string, number>) =>
    isBelowAim(scoresOf(results({ [module]: counts }), [module])[0]!);
  expect(of(glob, { Killed: 95, NoCoverage: 6 })).toBe(true);
  expect(of("tasks/a.ts", { Killed: 85, Survived: 15, NoCoverage: 100 })).toBe(false);
  expect(of("tasks/a.ts", { Killed: 84, Survived: 16 })).toBe(true);
  expect(of("tasks/a.ts", { NoCoverage: 1 })).toBe(false);
});

it("is below the aim by a hair's breadth, and not with the aim itself", () => {
  const of = (Killed: number, Survived: number) =>
    scoresOf(results({ [glob]: { Killed, Survived } }), [glob])[0]!;
  expect(isBelowAim(of(949, 51))).toBe(true);
  expect(isBelowAim(of(95, 5))).toBe(false);
});

it("prints a table that names what is below its aim", () => {
  const all = results({
    [glob]: { Killed: 1, Survived: 2 },
    "tasks/a.ts": { Killed: 10, NoCoverage: 10 },
    "tasks/b.ts": { NoCoverage: 1 },
  });
  expect(table(scoresOf(all, [glob, "tasks/a.ts", "tasks/b.ts"])).split("\n")).toEqual([
    "| module                    | of all | of reached | aim | killed | survived | not reached |  aim is |",
    "| ------------------------- | -----: | ---------: | --: | -----: | -------: | ----------: | ------: |",
    "| tasks/b.ts                |    0.0 |       none |  85 |      0 |        0 |           1 | reached |",
    "| tasks/permissions/glob.ts |   33.3 |       33.3 |  95 |      1 |        2 |           0 |   below |",
    "| tasks/a.ts                |   50.0 |      100.0 |  85 |     10 |        0 |          10 | reached |",
  ]);
});
