import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Shell } from "../../../src/aws/codebuild/shell";
import { shellProgram } from "../../../src/aws/codebuild/shell-program";

it.each([
  ["aws/codebuild/amazonlinux-x86_64-standard:5.0", "sh", "bash"],
  ["aws/codebuild/amazonlinux2-aarch64-standard:3.0", "sh", "bash"],
  ["aws/codebuild/al/x86_64/standard:6.0", "sh", "bash"],
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/amazonlinux:2023", "sh", "bash"],
  ["aws/codebuild/standard:7.0", "sh", "sh"],
  ["ubuntu:24.04", "sh", "sh"],
  ["registry.example.com/normal/tools:1", "sh", "sh"],
  ["aws/codebuild/standard:7.0", "bash", "bash"],
] as const)(
  "uses for the image %s and the shell %s the program %s, with the shell's name",
  (image, wanted, program) => {
    expect(shellProgram(wanted, image)).toEqual({ program, name: wanted });
  },
);

it("supports pipefail in the pipeline's image", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "image's shell-")));
  let output = "";
  const shell = Shell.open({
    shell: shellProgram("sh", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
    folder: join(folder, "state"),
    directory: folder,
    environment: { PATH: process.env.PATH! },
    output: (chunk) => (output += chunk.toString()),
  });
  try {
    expect(await shell.run("set -o pipefail")).toBe(0);
    expect(await shell.run("false | true")).toBe(1);
    // As `sh`, bash runs in POSIX mode: a `.` without a file exits the shell.
    expect(await shell.run('echo "$POSIXLY_CORRECT$SHELLOPTS"')).toBe(0);
    expect(output).toContain("posix");
  } finally {
    await shell.kill(0);
    rmSync(folder, { recursive: true });
  }
});
