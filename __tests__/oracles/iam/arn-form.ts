/** Variables of the reference's ARNs whose value may have a colon or a slash in it; of all others neither may. */
const withSlashes = /Path|^ParameterNameWithoutLeadingSlash$|^LogGroupName$|^LogStreamName$|^SecretId$/;
const withAnything = /^ObjectName$/;

type Token = string | { readonly not: string; readonly least: number };

/**
 * Whether a policy's resource can be an ARN of the form that the reference gives for a resource type: whether
 * there is any ARN that both match. As IAM does, a wildcard never reaches from one of the first five parts of
 * an ARN into the next.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function fitsForm(resource: string, form: string): boolean {
  if (resource === "*") return true;
  const [ours, theirs] = [partsOf(resource), partsOf(form)];
  return (
    ours.length === theirs.length &&
    ours.every((part, index) => intersect(patternTokens(part), formTokens(theirs[index] ?? "")))
  );
}

/** The five parts of an ARN and what is behind them. */
function partsOf(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function patternTokens(pattern: string): Token[] {
  return [...pattern].map((character) => {
    if (character === "*") return { not: "", least: 0 };
    return character === "?" ? "?" : character;
  });
}

function formTokens(form: string): Token[] {
  return form.split(/(\$\{[^}]+\}|\*)/).flatMap((part): Token[] => {
    if (part === "*") return [{ not: "", least: 0 }];
    const variable = /^\$\{(.+)\}$/.exec(part)?.[1];
    if (variable === undefined) return [...part];
    if (withAnything.test(variable)) return [{ not: "", least: 1 }];
    return [{ not: withSlashes.test(variable) ? ":" : ":/", least: 1 }];
  });
}

/** Whether some text matches both: each is characters, `?` for any one, and runs of characters. */
function intersect(ours: readonly Token[], theirs: readonly Token[]): boolean {
  const [a, ...restA] = ours;
  const [b, ...restB] = theirs;
  if (a === undefined && b === undefined) return true;
  // A run that need not have any more characters can end here.
  if (typeof a === "object" && a.least === 0 && intersect(restA, theirs)) return true;
  if (typeof b === "object" && b.least === 0 && intersect(ours, restB)) return true;
  if (a === undefined || b === undefined || !meet(a, b)) return false;
  const nextA = typeof a === "object" ? [{ ...a, least: 0 }, ...restA] : restA;
  const nextB = typeof b === "object" ? [{ ...b, least: 0 }, ...restB] : restB;
  // Where both are runs, one of them takes the character that the other has to take.
  if (typeof a === "object" && typeof b === "object") return a.least + b.least > 0 && intersect(nextA, nextB);
  return intersect(nextA, nextB);
}

/** Whether one character can be both. */
function meet(a: Token, b: Token): boolean {
  if (typeof a === "object") return typeof b === "object" || b === "?" || !a.not.includes(b);
  if (typeof b === "object") return a === "?" || !b.not.includes(a);
  return a === b || a === "?" || b === "?";
}
