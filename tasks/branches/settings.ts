import { createHash } from "node:crypto";
import { asEnvironment, readSettings, type Settings } from "../../settings";

/** What is delivered to a branch that has a pipeline of its own; others are deployed by hand, to dev. */
export type BranchEnvironment = Exclude<Settings["pipeline_environment"], "prod">;

/** Hexadecimal digits of the branch's hash: two branches that read alike meet once in four billion times. */
const HASH = 8;

/** A letter, an underscore and the hash. */
const SHORTEST = HASH + 2;

/** Plain names of branches that would end a bucket's name as the bucket of the states does, or as S3 forbids. */
const reserved = new Set(["state", "s3alias"]);

/** The longest that names can get with what the branch puts behind them. */
const longest = {
  // As the setting says itself.
  hw_stack_name: 32,
  hw_stack_bucket_name: 63 - "-stage".length,
  pipeline_bucket_name: 63,
} satisfies Partial<Record<keyof Settings, number>>;

/**
 * The settings of a branch's own stacks: the pipeline's, under other names. Behind the stack's name come an
 * underscore and then no hyphen, so no name of a branch begins as one of the pipeline or of another branch
 * does up to a hyphen, which is how far permissions name what is yet to come (`hw-*`, `hw_develop-*`).
 *
 * @throws for the pipeline's own branch, and where a name has no room for the branch
 */
export function branchSettings(settings: Settings, branch: string): Settings {
  if (settings.pipeline_environment !== "prod") {
    throw new Error("These are the settings of a branch already: use those of the pipeline.");
  }
  if (branch === settings.pipeline_githubBranch) {
    throw new Error(
      `${branch} is the branch of ${settings.hw_stack_name}-pipeline, which delivers it to dev and prod. ` +
        "Those are no environments of a branch, and npm run env leaves them alone.",
    );
  }
  const id = branchId(branch, room(settings));
  const inBucket = id.replaceAll("_", "-");
  return readSettings({
    ...asEnvironment(settings),
    hw_stack_name: `${settings.hw_stack_name}_${id}`,
    hw_stack_bucket_name: `${settings.hw_stack_bucket_name}-${inBucket}`,
    pipeline_bucket_name: `${settings.pipeline_bucket_name}-${inBucket}`,
    pipeline_githubBranch: branch,
    pipeline_environment: pipelineOf(settings, branch) ?? "dev",
    // Both are about the pipeline that delivers to production; the topic, to which it subscribes, is shared.
    pipeline_branches: "",
    pipeline_alarm_email: "",
    // Those are of dev and of production.
    service_existing_bucket_dev: "",
    service_existing_bucket_prod: "",
  });
}

/** The environment that a branch's own pipeline delivers to; undefined where `pipeline_branches` gives it none. */
export function pipelineOf(settings: Settings, branch: string): BranchEnvironment | undefined {
  for (const { pattern, environment } of settings.pipeline_branches) {
    const matches = pattern.endsWith("*") ? branch.startsWith(pattern.slice(0, -1)) : branch === pattern;
    if (matches) return environment;
  }
  return undefined;
}

/**
 * What stands for a branch in names: small letters, digits and underscores. A branch of small letters and
 * digits stands for itself; any other is altered, and then a hash of it keeps it apart from all others.
 *
 * @param room how many characters it may have
 */
export function branchId(branch: string, room: number): string {
  if (/^[a-z0-9]+$/.test(branch) && branch.length <= room && !reserved.has(branch)) return branch;
  const hash = createHash("sha256").update(branch).digest("hex").slice(0, HASH);
  const readable = branch
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_/, "")
    .slice(0, room - HASH - 1)
    .replace(/_$/, "");
  return `${readable || "x"}_${hash}`;
}

function room(settings: Settings): number {
  const rooms = Object.entries(longest).map(([name, length]) => {
    const own = settings[name as keyof typeof longest].length + 1;
    if (length - own >= SHORTEST) return length - own;
    throw new Error(
      `${name} is too long to put a branch behind it: it has ${own - 1} characters, ` +
        `and ${length - SHORTEST - 1} leave room for one.`,
    );
  });
  return Math.min(...rooms);
}
