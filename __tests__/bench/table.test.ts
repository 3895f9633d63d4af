import { table } from "../../bench/table";

it("a table has a row for each result, with what it was, its median, its aim, and whether that is met", () => {
  const results = [
    { what: "unit tests", unit: "s", was: 50, aim: 15, median: 14.6 },
    { what: "the app", unit: "×", was: 0.62, aim: 0.25, median: 0.254 },
    { what: "requests", unit: "×", aim: 0.8, atLeast: true, median: 0.9 },
    { what: "an environment", unit: "ms", median: 4.44 },
  ] as const;
  expect(table(results)).toBe(
    [
      "| What           | Was    | Median | Aim             |        |",
      "| -------------- | ------ | ------ | --------------- | ------ |",
      "| unit tests     | 50 s   | 15 s   | 15 s            | met    |",
      "| the app        | 0.62 × | 0.25 × | 0.25 ×          | missed |",
      "| requests       |        | 0.90 × | at least 0.80 × | met    |",
      "| an environment |        | 4.4 ms |                 |        |",
    ].join("\n"),
  );
});

it("a table says once why a benchmark failed that has several figures", () => {
  const failure = "history, round 1 of 3: Chromium is not installed";
  const text = table([
    { what: "open", unit: "s", aim: 1, failure },
    { what: "update", unit: "s", failure },
  ]);
  expect(text.match(/failed/g)).toHaveLength(2);
  expect(text).not.toContain("missed");
  expect(text.split("\n\n").slice(1)).toEqual([`Failed: ${failure}`]);
});
