import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tail, type Log, type Piece } from "../../src/dashboard/log-tail";

let folder: string;
let file: string;
const signal = new AbortController().signal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-"));
  file = join(folder, "log");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function all(log: Log, from?: number): Promise<{ lines: string[]; pieces: Piece[] }> {
  const pieces = [];
  for await (const piece of tail(log, from, signal)) pieces.push(piece);
  return { pieces, lines: pieces.flatMap(({ lines }) => lines) };
}

describe("the tail of a log", () => {
  it("yields all of a log that is created later, grows in pieces and ends without a newline", async () => {
    let ended = false;
    const coming = all({ file, ended: () => ended });
    const text = "one\nzwei ü\n\nfour\nfive";
    const bytes = Buffer.from(text);
    writeFileSync(file, "");
    // Cut in the middle of a line and of a character.
    for (const [from, to] of [
      [0, 2],
      [2, 10],
      [10, bytes.length],
    ]) {
      await new Promise((done) => setTimeout(done, 250));
      appendFileSync(file, bytes.subarray(from, to));
    }
    ended = true;
    expect((await coming).lines).toEqual(text.split("\n"));
  });

  it("yields the last 2,000 lines of a complete log, marked as truncated", async () => {
    writeFileSync(file, Array.from({ length: 10_000 }, (_, n) => `line ${n}\n`).join(""));
    const { lines, pieces } = await all({ file, ended: () => true });
    expect(lines).toEqual(Array.from({ length: 2_000 }, (_, n) => `line ${n + 8_000}`));
    expect(pieces.map(({ gap }) => gap)[0]).toBe(true);
  });

  it("yields all lines of a short log", async () => {
    writeFileSync(file, "a\nb\n");
    const { lines, pieces } = await all({ file, ended: () => true });
    expect(lines).toEqual(["a", "b"]);
    expect(pieces.some(({ gap }) => gap)).toBe(false);
  });

  it("continues after the last offset of a reader that reconnects", async () => {
    writeFileSync(file, "a\nb\nc\n");
    const [first] = (await all({ file, ended: () => true })).pieces;
    appendFileSync(file, "d\ne\n");
    expect((await all({ file, ended: () => true }, first!.end)).lines).toEqual(["d", "e"]);
  });

  it("skips lines for a reader that is a megabyte behind", async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => `a line that is a little longer ${n}`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    const answer = await all({ file, ended: () => true }, 0);
    expect(answer.lines).toEqual(lines.slice(-2_000));
    expect(answer.pieces[0]!.gap).toBe(true);
  });

  it("removes terminal colours", async () => {
    writeFileSync(file, "\u001b[32mPASS\u001b[0m x\n");
    expect((await all({ file, ended: () => true })).lines).toEqual(["PASS x"]);
  });

  it("ends if the log is never created", async () => {
    expect((await all({ file, ended: () => true })).lines).toEqual([]);
  });
});
