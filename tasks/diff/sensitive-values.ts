import type { Plan } from "../terraform/plan";

/** Characters of a text that is hidden wherever it occurs: shorter ones occur by chance. */
const SHORTEST = 6;

/**
 * Returns the sensitive texts of a plan. A provider can return such a value in another attribute, which Terraform does
 * not mark: the output of a `terraform_data` is one.
 */
export function sensitiveValues({
  resource_changes: changes = [],
  resource_drift: drift = [],
}: Plan): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { change } of [...changes, ...drift]) {
    collect(change.before, change.before_sensitive, found);
    collect(change.after, change.after_sensitive, found);
  }
  return found;
}

/** Adds the texts of a value to a set; those that are marked, and everything below a mark. */
function collect(value: unknown, mark: unknown, found: Set<string>): void {
  if (typeof value === "string") {
    if (mark === true && value.length >= SHORTEST) found.add(value);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const marks = mark as Readonly<Record<string, unknown>> | null;
    collect(part, mark === true || (typeof mark === "object" ? marks?.[key] : undefined), found);
  }
}
