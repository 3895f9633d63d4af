import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { literal } from "../../../stacks/pipeline/pinned";

it("a literal is the same text in Terraform, without any evaluation", () => {
  const folder = mkdtempSync(join(tmpdir(), "pinned-"));
  try {
    const text = 'if [ -n "${PROGRAMS:-}" ]; then printf "%{x} 100% $$"; fi # $${ %%{ $';
    writeFileSync(join(folder, "x.tf.json"), JSON.stringify({ output: { x: { value: literal(text) } } }));
    const terraform = (...args: string[]) =>
      execFileSync("terraform", args, { cwd: folder, encoding: "utf8" });
    terraform("init");
    terraform("apply", "-auto-approve");
    expect(terraform("output", "-raw", "x")).toBe(text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
