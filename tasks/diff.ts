/** Plans every stack and sums up: what `npm run diff` shows on a laptop and in pull requests. Changes nothing. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { loadEnvFile, readSettings } from "../settings";
import { bundle } from "./bundle";
import { cdktfEnvironment, synthesize } from "./cdktf";
import { root } from "./command";
import { refuseOtherBuckets, stackIds } from "./synthesized";

interface Diff {
  readonly stack: string;
  readonly outcome: string;
  readonly failed: boolean;
}

async function main(): Promise<void> {
  loadEnvFile();
  readSettings();
  await bundle();
  await synthesize();
  refuseOtherBuckets();
  const diffs: Diff[] = [];
  // One after the other: side by side their output would be unreadable.
  for (const stack of stackIds()) diffs.push(await diff(stack));
  console.log("\nSummary");
  for (const { stack, outcome } of diffs) console.log(`  ${stack.padEnd(14)} ${outcome}`);
  if (diffs.some(({ failed }) => failed)) process.exitCode = 1;
}

async function diff(stack: string): Promise<Diff> {
  console.log(`\n== ${stack}`);
  const child = spawn(
    join(root, "node_modules/.bin/cdktf"),
    ["diff", stack, "--skip-synth", "--skip-provider-lock"],
    {
      cwd: root,
      // A plan for reading needs no lock, and the role of a pull request could not take one.
      env: { ...process.env, ...cdktfEnvironment(), TF_CLI_ARGS_plan: "-lock=false" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    output += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    // Not at "exit": what it said last, the sum of the plan, may still be on its way.
    child.once("close", resolve);
  });
  return { stack, outcome: summarize(output, code), failed: code !== 0 };
}

/** What Terraform says at the end of a plan, in one line. */
export function summarize(output: string, code: number | null): string {
  if (code !== 0) return "failed, see above";
  const text = stripVTControlCharacters(output);
  // The last one: a resource may have such words among its arguments.
  const plan = text.match(/Plan: \d+ to .*/g)?.at(-1);
  return plan ?? (/No changes\./.test(text) ? "no changes" : "outputs change only");
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
