import { tmpdir } from "node:os";
import { run } from "./command";

describe("a command", () => {
  it("has its exit code even if it exits before it has read its input", async () => {
    const input = "x".repeat(1_000_000);
    const options = { cwd: tmpdir(), env: process.env, input };
    expect(await run("sh", ["-c", "exit 3"], options)).toMatchObject({ code: 3 });
  });
});
