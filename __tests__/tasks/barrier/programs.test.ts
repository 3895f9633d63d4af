import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { entriesOf, valueAt } from "../../../stacks/stack-json";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { main as prepareStack } from "../../../tasks/barrier/prepare-stack";
import { main as printDigest } from "../../../tasks/barrier/print-digest";
import { environment } from "../../support/settings";
import { serviceJson } from "./synthesized-stacks";

const stack = serviceJson();
const before = { ...process.env };

/** A folder with the artifact of UnitTest, and the target beside it. */
let root: string;
let target: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "programs-"));
  target = join(root, "target");
  const folder = join(root, "artifact/cdktf.out/stacks/service-prod");
  const bundles = entriesOf(valueAt(stack, "resource", "aws_lambda_function"));
  for (const [, one] of bundles) {
    const file = join(folder, valueAt(one, "filename") as string);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "zip");
  }
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(stack));
  process.env = { ...before, ...environment, CODEBUILD_SRC_DIR: join(root, "artifact") };
});
afterEach(() => {
  process.env = before;
  rmSync(root, { recursive: true });
});

const isPrepared = () => existsSync(join(target, "cdktf.out/stacks/service-prod/cdk.tf.json"));
const prepare = () => prepareStack(["service-prod", target]);

describe("prepare-stack", () => {
  it("accepts the artifact with the digest that CheckBuild exported", async () => {
    process.env.BUILD_DIGEST = await folderDigest(join(root, "artifact"));
    await prepare();
    expect(isPrepared()).toBe(true);
  });

  it("refuses an artifact with another digest, or without one if programs are pinned", async () => {
    process.env.BUILD_DIGEST = "0".repeat(64);
    await expect(prepare()).rejects.toThrow("is not the one that UnitTest of this run made");
    process.env.BUILD_DIGEST = "";
    await expect(prepare()).rejects.toThrow("BUILD_DIGEST is not a SHA-256 digest");
    delete process.env.BUILD_DIGEST;
    process.env.PROGRAMS = "bucket/programs.zip";
    await expect(prepare()).rejects.toThrow("BUILD_DIGEST is not a SHA-256 digest");
    expect(isPrepared()).toBe(false);
  });

  it("accepts any artifact in a pipeline from before programs were pinned, which has no digest", async () => {
    delete process.env.BUILD_DIGEST;
    delete process.env.PROGRAMS;
    await prepare();
    expect(isPrepared()).toBe(true);
  });

  it("names the missing arguments", async () => {
    const usage =
      "Name stack and folder: CODEBUILD_SRC_DIR=… BUILD_DIGEST=… node prepare-stack.js STACK FOLDER";
    await expect(prepareStack([])).rejects.toThrow(usage);
    await expect(prepareStack(["service-prod"])).rejects.toThrow(usage);
    process.env.CODEBUILD_SRC_DIR = "";
    await expect(prepare()).rejects.toThrow(usage);
  });
});

describe("print-digest", () => {
  it("prints the digest of a folder, which it requires", async () => {
    const log = jest.spyOn(console, "log").mockImplementation(() => undefined);
    try {
      await printDigest([join(root, "artifact")]);
      expect(log.mock.calls).toEqual([[await folderDigest(join(root, "artifact"))]]);
      await expect(printDigest([])).rejects.toThrow("Name the folder: node print-digest.js FOLDER");
    } finally {
      log.mockRestore();
    }
  });
});
