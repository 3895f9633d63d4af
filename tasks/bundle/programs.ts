/** The pinned programs: the privileged steps run them, so a commit cannot change what judges it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The tasks, each bundled into one file that needs only Node.js. */
export const programTasks: readonly string[] = [
  "barrier/check-build",
  "barrier/prepare-stack",
  "barrier/print-digest",
  "build/apply-plan",
  "build/bootstrap-level",
  "build/comparison",
  "build/keep-definition",
  "build/plan-summary",
  "build/prepare-releases",
  "build/prune-versions",
  "build/restart-pipeline",
  "build/save-errored-state",
  "build/store-programs",
  "provenance/record-deployment",
  "provenance/state-provenance",
  "provenance/verify-provenance",
];

/** Files that are copied. */
const plainFiles = [
  ".npmrc",
  ".terraform-version",
  ".terraform.lock.hcl",
  "buildspecs/debug-logs.sh",
  "buildspecs/terraform-or-fail.sh",
  "buildspecs/terraform.sh",
  "buildspecs/terraform.sha256",
];

interface Lock {
  readonly name: string;
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
  /** A workspace, which the pinned programs do not need. */
  readonly link?: boolean;
}

/** Returns the other files by path: scripts, and the lock file from which cdktf is installed. */
export async function programFiles(root: string): Promise<Record<string, Buffer>> {
  const plain = await Promise.all(
    plainFiles.map(async (file) => [file, await readFile(join(root, file))] as const),
  );
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lock;
  return {
    ...Object.fromEntries(plain),
    "package.json": json({ private: true, dependencies: lock.packages[""]?.dependencies }),
    "package-lock.json": json(deployed(lock)),
  };
}

/** Removes development dependencies: updating a test library does not change the pipeline. */
function deployed({ name, lockfileVersion, packages }: Lock): Lock {
  const kept = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.startsWith("node_modules/") && !dev && !link,
  );
  const own = { dependencies: packages[""]?.dependencies };
  return { name, lockfileVersion, packages: { "": own, ...Object.fromEntries(kept) } };
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
