/**
 * Stops a plan that would lose data: `node allowed-losses.js PLAN FILE`, where PLAN is a file with what
 * `terraform show -json` prints, and FILE the commit's `allowed-losses.json`, which can be missing.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { changedResources, type ChangedResource } from "../diff/changed-resource";
import { runProgram } from "../program";
import type { Plan } from "../terraform/plan";

/** The most days that an entry is valid for: it is for the next deployment, not for good. */
const LONGEST = 31;

const DAY = 24 * 60 * 60_000;

/** What may be lost, by the address of the resource in production's stack. */
const losses = z.record(
  z.string(),
  z.strictObject({
    /** Why it may be lost, for the reviewer of the commit. */
    reason: z.string().min(1),
    /** The last day on which it may, in UTC. */
    until: z.iso.date(),
  }),
);

/** Parses `allowed-losses.json`. @throws Error that names what is wrong with it */
function readLosses(text: string): z.infer<typeof losses> {
  try {
    return losses.parse(JSON.parse(text));
  } catch (error) {
    const problems =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join(" → ") || "the file"}: ${message}`)
        : [(error as Error).message];
    throw new Error(
      `allowed-losses.json is invalid, and nothing was deployed: ${problems.join("; ")}. ` +
        'Expected for each address: { "reason": "…", "until": "YYYY-MM-DD" }.',
    );
  }
}

/**
 * Returns what a plan would lose without permission, a line each.
 *
 * @param plan what `terraform show -json PLAN` prints
 * @param text the text of `allowed-losses.json`
 * @throws Error if that text is invalid
 */
export function refusedLosses(plan: Plan, text: string, now = new Date()): string[] {
  const allowed = readLosses(text);
  return changedResources(plan).flatMap((resource) => {
    const { address, action, lost, because } = resource;
    if (lost === undefined) return [];
    const why = because.length > 0 ? ` because of ${because.join(", ")}` : "";
    const refusal = refusalOf(resource, allowed, now);
    return refusal === undefined
      ? []
      : [`${address} would be ${action}${why}, which loses ${lost} (${refusal})`];
  });
}

/** Returns why a loss is not allowed; undefined where it is. */
function refusalOf(
  { address }: ChangedResource,
  allowed: z.infer<typeof losses>,
  now: Date,
): string | undefined {
  const entry = Object.hasOwn(allowed, address) ? allowed[address] : undefined;
  if (entry === undefined) return "not in allowed-losses.json";
  const left = Date.parse(entry.until) + DAY - now.getTime();
  if (left <= 0) return `allowed until ${entry.until} only`;
  return left > LONGEST * DAY
    ? `allowed until ${entry.until}, which is more than ${LONGEST} days`
    : undefined;
}

/** @throws Error that says what would be lost, and how to allow it */
export function refuseLosses(plan: Plan, text: string, now = new Date()): void {
  const refused = refusedLosses(plan, text, now);
  if (refused.length === 0) return;
  const until = new Date(now.getTime() + 7 * DAY).toISOString().slice(0, 10);
  throw new Error(
    "Production would lose what cannot be recreated as it was. Nothing was deployed.\n" +
      refused.map((line) => `  - ${line}`).join("\n") +
      "\nIf that is what you want, allow it in allowed-losses.json, by the address, and push:\n" +
      `  { "ADDRESS": { "reason": "why it may be lost", "until": "${until}" } }`,
  );
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
function readOptional(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw error;
  }
}

if (require.main === module) {
  const [plan = "", file = ""] = process.argv.slice(2);
  runProgram(() => refuseLosses(JSON.parse(readFileSync(plan, "utf8")) as Plan, readOptional(file)));
}
