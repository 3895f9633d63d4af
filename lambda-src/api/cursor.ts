import { Refusal } from "./refusal";

/** A page's last name as the opaque text that asks for the next page. */
export function toCursor(name: string): string {
  return Buffer.from(name).toString("base64url");
}

/** The name in a cursor; refuses what `toCursor` cannot have made. */
export function fromCursor(cursor: string): string {
  const name = Buffer.from(cursor, "base64url").toString();
  // Decoding leaves out what is not base64url and replaces what is not UTF-8, so only the way back tells.
  if (toCursor(name) !== cursor) {
    throw new Refusal(400, "invalid_cursor", "cursor must be the one an earlier page answered with.");
  }
  return name;
}
