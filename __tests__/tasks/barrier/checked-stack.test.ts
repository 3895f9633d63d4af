import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MOST_BYTES, type JsonObject } from "../../../stacks/stack-json";
import { checkedStacks, readStack, refuse } from "../../../tasks/barrier/checked-stack";
import { settingsWith } from "../../support/settings";
import { pipelineJson, serviceJson } from "./synthesized-stacks";

let source: string;

beforeEach(() => void (source = mkdtempSync(join(tmpdir(), "checked-"))));
afterEach(() => rmSync(source, { recursive: true }));

function write(file: string, contents: string): string {
  mkdirSync(dirname(join(source, file)), { recursive: true });
  writeFileSync(join(source, file), contents);
  return join(source, file);
}

describe("readStack", () => {
  it("names the file that it cannot read, and why", async () => {
    write("cdk.tf.json", "evil");
    await expect(readStack(source, "cdk.tf.json")).rejects.toThrow(
      /^cdk\.tf\.json cannot be used: it is not JSON: .*\.$/,
    );
  });

  it("accepts a stack of the largest size, and does not open a larger one", async () => {
    const file = write("cdk.tf.json", `{"a":"${"x".repeat(MOST_BYTES - '{"a":""}'.length)}"}`);
    await expect(readStack(source, "cdk.tf.json")).resolves.toHaveProperty("a");
    // More than Node.js reads into memory: https://nodejs.org/api/errors.html#err_fs_file_too_large
    truncateSync(file, 3 * 1024 ** 3);
    await expect(readStack(source, "cdk.tf.json")).rejects.toThrow(
      "cdk.tf.json cannot be used: it has more than 4194304 bytes.",
    );
  });
});

describe("checkedStacks", () => {
  const stacks: [string, JsonObject][] = [
    ["pipeline", pipelineJson()],
    ["service-dev", serviceJson("dev")],
    ["service-prod", serviceJson("prod")],
  ];
  const writeAll = (all: readonly [string, JsonObject][]) =>
    all.forEach(([id, json]) => write(`cdktf.out/stacks/${id}/cdk.tf.json`, JSON.stringify(json)));

  it("returns every stack that builds deploy, by its id", async () => {
    writeAll(stacks);
    expect([...(await checkedStacks(source, settingsWith()))]).toEqual(stacks);
  });

  it.each(stacks.map(([id]) => id))("refuses all if one is not allowed: %s", async (id) => {
    writeAll(stacks.map(([one, json]) => [one, one === id ? { ...json, module: { x: {} } } : json]));
    await expect(checkedStacks(source, settingsWith())).rejects.toThrow(
      `The stack ${id} contains items that are not`,
    );
  });
});

describe("refuse", () => {
  const message = (count: number) => {
    try {
      refuse(
        "pipeline",
        Array.from({ length: count }, (_, index) => `problem ${index}`),
      );
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it("refuses nothing without a problem", () => {
    expect(message(0)).toBeUndefined();
  });

  it("names what to do about the problems", () => {
    expect(message(2)).toBe(
      [
        "The stack pipeline contains items that are not on the allow list:",
        "  - problem 0",
        "  - problem 1",
        "The list is tasks/barrier/allowed.ts. A change of it is a change of the pipeline: deploy it first, in a commit of",
        "its own, and what needs it in the next one (docs/runbooks/failed-build.md).",
      ].join("\n"),
    );
  });

  it("lists a hundred problems, and counts the rest", () => {
    expect(message(100)).toMatch(/ {2}- problem 99\nThe list is/);
    expect(message(101)).toMatch(/ {2}- problem 99\n {2}and 1 more\nThe list is/);
  });
});
