import { z } from "zod";

/** `pattern=environment`, separated by commas. */
export const branchRulePattern =
  /^[A-Za-z0-9_][A-Za-z0-9._/-]*\*?=(dev|stage)(,[A-Za-z0-9_][A-Za-z0-9._/-]*\*?=(dev|stage))*$/;

/** The environment that branch pipelines deliver to. */
export interface BranchRule {
  /** A branch, or a prefix with a `*`. */
  readonly pattern: string;
  readonly environment: "dev" | "stage";
}

/** Reads one rule of `pipeline_branches`. */
export function readBranchRule(rule: string): BranchRule {
  // Stryker disable next-line StringLiteral: a text always has a first part.
  const [pattern = "", environment] = rule.split("=");
  return { pattern, environment: environment as BranchRule["environment"] };
}

/** Returns whether CodePipeline knows the strategy: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-LambdaDeploy.html */
export function isDeployStrategy(strategy: string): boolean {
  if (strategy === "AllAtOnce") return true;
  const canary = /^Canary([1-9]\d?)Percent([1-9]\d{0,3})Minutes$/.exec(strategy);
  const linear = /^Linear([1-9]\d?)PercentEvery([1-9]\d{0,3})Minutes?$/.exec(strategy);
  // Stryker disable next-line ArrayDeclaration: only the entries behind the first are read, and have defaults.
  const [, percent = 0, minutes = 0] = (canary ?? linear ?? []).map(Number);
  const waits = canary ? 1 : Math.ceil(100 / percent) - 1;
  return percent > 0 && waits * minutes <= 2 * 24 * 60;
}

/** The names of general purpose buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function bucketName(maximum: number) {
  return z
    .string()
    .min(3)
    .max(maximum)
    .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/)
    .refine(
      (name) =>
        !/\.\.|^(\d+\.){3}\d+$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(
          name,
        ),
    );
}
