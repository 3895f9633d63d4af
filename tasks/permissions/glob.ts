/**
 * Whether a pattern of the policy language (`*` any characters, `?` one) matches all that another matches.
 * Never says so wrongly; says no in a few cases that nobody writes, such as `**` within `*?`.
 */
export function covers(wide: string, narrow: string): boolean {
  // One row at a time of: does wide[i..] cover narrow[j..]? From the ends towards the beginning.
  let below: boolean[] = [...narrow, ""].map((_, j) => j === narrow.length);
  for (let i = wide.length - 1; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = narrow.length; j >= 0; j--) {
      if (wide[i] === "*") row[j] = below[j]! || (j < narrow.length && row[j + 1]!);
      else row[j] = j < narrow.length && one(wide[i]!, narrow[j]!) && below[j + 1]!;
    }
    below = row;
  }
  return below[0]!;
}

/** Whether one character of a pattern covers one of another; a `*` there is covered by a `*` alone. */
function one(wide: string, narrow: string): boolean {
  return narrow !== "*" && (wide === "?" || wide === narrow);
}
