import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installScanners, scan } from "./scanner";

const workflows = join(__dirname, "../../../.github");
let folder: string;

beforeAll(installScanners, 600_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "workflows-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** zizmor's findings, a word each; `auditor` shows also what may be none. */
async function findings(path: string): Promise<string[]> {
  const { stdout, stderr } = await scan("zizmor", [
    ...["--offline", "--no-config", "--no-ignores", "--strict-collection", "--persona", "auditor"],
    ...["--format", "json", path],
  ]);
  // It names every file that it has read; without one it would have found nothing in nothing.
  const files = readdirSync(join(path, "workflows"));
  expect(stderr.match(/completed /g)).toHaveLength(files.length);
  return (JSON.parse(stdout) as { ident: string }[]).map(({ ident }) => ident);
}

/** plan.yml starts after a pull request's run, and says beside it why that is safe. */
const ACCEPTED = "dangerous-triggers";

it("zizmor finds nothing in the workflows but the trigger that one of them explains", async () => {
  expect(await findings(workflows)).toEqual([ACCEPTED]);
  const ignored = readdirSync(join(workflows, "workflows")).flatMap((file) =>
    [...readFileSync(join(workflows, "workflows", file), "utf8").matchAll(/zizmor: (ignore\[.*)/g)].map(
      ([, what]) => `${file}: ${what}`,
    ),
  );
  expect(ignored).toEqual([`plan.yml: ignore[${ACCEPTED}]`]);
});

it.each<[string, (workflow: string) => string, string]>([
  [
    "an action that is not pinned",
    (text) => text.replace(/actions\/checkout@[0-9a-f]{40}/, "actions/checkout@v5"),
    "unpinned-uses",
  ],
  [
    "a title that becomes shell",
    (text) => `${text}      - run: echo "\${{ github.event.pull_request.title }}"\n`,
    "template-injection",
  ],
  [
    "permissions for all jobs",
    (text) => text.replace("permissions: {}", "permissions: write-all"),
    "excessive-permissions",
  ],
  [
    "credentials left in the clone",
    (text) => text.replace("persist-credentials: false", "persist-credentials: true"),
    "artipacked",
  ],
  [
    "a trigger that forks have too",
    (text) => text.replace("  pull_request:", "  pull_request_target:"),
    "dangerous-triggers",
  ],
])("zizmor finds %s", async (_, breakIt, ident) => {
  cpSync(workflows, join(folder, ".github"), { recursive: true });
  const file = join(folder, ".github/workflows/diff.yml");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, breakIt(before));
  expect(readFileSync(file, "utf8")).not.toBe(before);
  const found = await findings(join(folder, ".github"));
  expect(found.sort()).toEqual([ACCEPTED, ident].sort());
});
