import { createHash } from "node:crypto";
import { asEnvironment, readSettings, type Settings } from "../../settings";
import { isBranchPipeline, namesOf, type releasedEnvironment } from "../../stacks/names";

/** The environment that a branch pipeline delivers to. Branches without one are deployed by hand, to dev. */
export type BranchEnvironment = Exclude<Settings["pipeline_environment"], typeof releasedEnvironment>;

/** Hexadecimal digits of the branch's hash: two similar branches collide once in four billion times. */
const HASH = 8;

/** A letter, an underscore and the hash. */
const SHORTEST = HASH + 2;

/** Branches with which a bucket's name would end like the state bucket's, or as S3 forbids. */
const reserved = new Set(["state", "s3alias"]);

/** The longest names, with the branch at their end. */
const longest = {
  // The limit of the setting.
  hw_stack_name: 32,
  hw_stack_bucket_name: 63 - "-stage".length,
  pipeline_bucket_name: 63,
} satisfies Partial<Record<keyof Settings, number>>;

/**
 * Returns the settings of a branch's stacks: those of the pipeline with other names. An underscore and no hyphen follow
 * the stack name, so the permissions of one stack (`hw-*`, `hw_develop-*`) match no name of another.
 *
 * @throws for the pipeline's own branch, and where a name is too long for the branch
 */
export function branchSettings(settings: Settings, branch: string): Settings {
  if (isBranchPipeline(settings)) {
    throw new Error("These are settings of a branch already. Use those of the pipeline.");
  }
  if (branch === settings.pipeline_githubBranch) {
    throw new Error(
      `${branch} is the branch of ${namesOf(settings).pipeline}, which delivers it to dev and prod. ` +
        "npm run env does not change these environments.",
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
    // These belong to the pipeline that delivers to production; the topics are shared.
    pipeline_branches: "",
    pipeline_alarm_email: "",
    pipeline_approval_email: "",
    pipeline_deployment_window: "",
    // Only dev and production have existing buckets.
    service_existing_bucket_dev: "",
    service_existing_bucket_prod: "",
  });
}

/** Returns the environment that a branch pipeline delivers to; undefined where `pipeline_branches` does not match. */
export function pipelineOf(settings: Settings, branch: string): BranchEnvironment | undefined {
  for (const { pattern, environment } of settings.pipeline_branches) {
    const matches = pattern.endsWith("*") ? branch.startsWith(pattern.slice(0, -1)) : branch === pattern;
    if (matches) return environment;
  }
  return undefined;
}

/**
 * Returns the id of a branch in names: lower-case letters, digits and underscores. A branch of lower-case letters and
 * digits is its own id; any other is simplified, and followed by its hash.
 *
 * @param room the characters that it can have
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
      `${name} is too long to append a branch: it has ${own - 1} characters, ` +
        `and ${length - SHORTEST - 1} leave room for one.`,
    );
  });
  return Math.min(...rooms);
}
