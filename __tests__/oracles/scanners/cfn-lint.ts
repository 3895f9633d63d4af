import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Template } from "./cloudformation";
import { scan } from "./scanner";

interface Match {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/** Everything that cfn-lint has against templates, warnings too: a list for each. */
export async function cfnLint(templates: readonly Template[]): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), "cfn-lint-"));
  try {
    const files = templates.map((template, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(template));
      return file;
    });
    const { stdout, stderr } = await scan("cfn-lint", ["--format", "json", "--", ...files]);
    if (!stdout.trim().startsWith("[")) throw new Error(`cfn-lint gave no result: ${stderr.slice(-2_000)}`);
    const matches = JSON.parse(stdout) as Match[];
    return files.map((file) => matches.filter(({ Filename }) => Filename === file).map(said));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function said({ Rule, Message, Location }: Match): string {
  return `${Rule.Id} ${(Location.Path ?? []).join("/")}: ${Message}`;
}
