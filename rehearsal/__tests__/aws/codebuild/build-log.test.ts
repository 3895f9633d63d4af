import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { BuildLog } from "../../../src/aws/codebuild/build-log";

let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-"));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(limit?: number, name = "log") {
  const log = BuildLog.open(join(folder, name), limit);
  log.forwardTo((line) => lines.push(line));
  return log;
}
const file = () => readFileSync(join(folder, "log"), "utf8");

it("writes its own lines like CodeBuild, each on a new line", () => {
  const log = open();
  log.output(Buffer.from("no newline"));
  log.container("Phase complete: BUILD State: SUCCEEDED");
  log.close();
  expect(lines[0]).toBe("no newline");
  expect(lines[1]).toMatch(
    /^\[Container\] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6} Phase complete: BUILD State: SUCCEEDED$/,
  );
  expect(file()).toBe(`${lines.join("\n")}\n`);
});

it("masks secrets however the output is split", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 80 }), { maxLength: 8 }), (cuts) => {
      lines = [];
      const log = open(undefined, "cuts");
      log.mask(["s3cr€t", "s3cr€t-longer", "line one\nline two"]);
      const text = Buffer.from("a s3cr€t b s3cr€t-longer c\nline one\n  line two\nend");
      let from = 0;
      for (const cut of [...cuts].sort((a, b) => a - b)) {
        log.output(text.subarray(from, cut));
        from = Math.max(from, cut);
      }
      log.output(text.subarray(from));
      log.close();
      expect(lines).toEqual(["a *** b *** c", "***", "  ***", "end"]);
    }),
  );
});

it("masks a secret in a line without an end, and in its own lines", () => {
  const log = open();
  log.mask(["hunter2-hunter2"]);
  const piece = Buffer.from("0123456 hunter2-hunter2 ");
  for (let count = 0; count < 20_000; count++) log.output(piece);
  log.container("Running command login hunter2-hunter2");
  log.close();
  expect(file()).not.toContain("hunter2");
  expect(lines.slice(0, -1).join("")).toBe("0123456 *** ".repeat(20_000));
});

it("omits output beyond the limit with a note, but not its own lines", () => {
  const log = open(10_000);
  for (let count = 0; count < 1000; count++) log.output(Buffer.from(`${"x".repeat(99)}\n`));
  log.container("Phase complete: BUILD State: FAILED");
  log.close();
  expect(file().length).toBeLessThan(11_000);
  expect(lines.at(-2)).toContain("more than 10000 bytes");
  expect(lines.at(-1)).toContain("Phase complete: BUILD");
});
