/**
 * Whether the event with the sequencer `left` happened after the one with `right`. Both are hex and of the same
 * key; S3 says to pad the shorter one with zeros on the left and to compare them as text.
 */
export function isLater(left: string, right: string): boolean {
  const length = Math.max(left.length, right.length);
  return padded(left, length) > padded(right, length);
}

function padded(sequencer: string, length: number): string {
  return sequencer.toUpperCase().padStart(length, "0");
}
