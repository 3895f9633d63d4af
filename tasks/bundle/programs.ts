/** The pinned programs: the privileged steps run them, so a commit cannot change what judges it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The tasks that are bundled: each is a script that needs only Node.js. */
export const programTasks: readonly string[] = [
  "barrier/check-build",
  "barrier/prepare-stack",
  "barrier/print-digest",
  "build/allowed-losses",
  "build/apply-plan",
  "build/approval-reasons",
  "build/bootstrap-level",
  "build/comparison",
  "build/keep-definition",
  "build/keep-stack",
  "build/plan-summary",
  "build/prepare-releases",
  "build/prune-versions",
  "build/record-delivery",
  "build/restart-pipeline",
  "build/save-errored-state",
  "build/store-programs",
  "build/verify-prod",
  "build/waiting-since",
  "drift/check-drift",
  "functions/stage-status",
  "provenance/record-deployment",
  "provenance/state-provenance",
  "provenance/verify-provenance",
];

/** Files that are copied. */
const plainFiles = [
  ".terraform-version",
  ".terraform.lock.hcl",
  "buildspecs/debug-logs.sh",
  "buildspecs/terraform-or-fail.sh",
  "buildspecs/terraform.sh",
  "buildspecs/terraform.sha256",
];

/** Returns the other files by path: scripts, and what they read. */
export async function programFiles(root: string): Promise<Record<string, Buffer>> {
  const files = plainFiles.map(async (file) => [file, await readFile(join(root, file))] as const);
  return Object.fromEntries(await Promise.all(files));
}
