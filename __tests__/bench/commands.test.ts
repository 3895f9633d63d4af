import { firstOutputOf, outputOf, secondsOf } from "../../bench/commands";
import { benchmarks } from "../../bench/benchmarks";

describe("a measured command", () => {
  it("returns its standard output, and not what it prints beside it", async () => {
    expect(await outputOf(["sh", "-c", "echo figures; echo progress >&2"])).toBe("figures\n");
  });

  it("fails with the end of what it printed", async () => {
    const command = ["sh", "-c", "seq 100; echo why >&2; exit 3"];
    await expect(secondsOf(command)).rejects.toThrow(
      /^sh -c .* failed with 3\. The end of its output:\n {2}87\n[^]*\n {2}why$/,
    );
  });

  it("fails with the name of a program that is not installed", async () => {
    await expect(outputOf(["no-such-program"])).rejects.toThrow(
      "no-such-program was not found. Install it, or add its folder to PATH.",
    );
  });

  it.each(["echo out; sleep 0.2", "echo err >&2; sleep 0.2", "exit 1"])(
    "has a first line, or an end without one: %s",
    async (line) => {
      expect(await firstOutputOf(line)).toBeGreaterThan(0);
    },
  );

  it("has no first line if it does not exist", async () => {
    await expect(firstOutputOf("no-such-program --help")).rejects.toThrow("the command was not found");
  });
});

it("every figure of the benchmarks has its own text", () => {
  const texts = Object.values(benchmarks).flatMap(({ figures }) =>
    Object.values(figures).map(({ what }) => what),
  );
  expect(new Set(texts).size).toBe(texts.length);
});
