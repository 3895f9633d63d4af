/**
 * Whether a pattern of the policy language (`*` any characters, `?` one) matches everything that another matches.
 * Never wrongly true; wrongly false in a few cases that policies do not have, such as `**` within `*?`.
 */
export function covers(wide: string, narrow: string): boolean {
  // Most names of actions and resources are no patterns.
  if (!/[*?]/.test(wide)) return wide === narrow;
  // One row at a time, from the end: whether wide[i..] covers narrow[j..].
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

/** Whether one character of a pattern covers one of another; only a `*` covers a `*`. */
function one(wide: string, narrow: string): boolean {
  return narrow !== "*" && (wide === "?" || wide === narrow);
}
