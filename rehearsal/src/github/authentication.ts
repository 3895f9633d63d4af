import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether an `Authorization` header carries the token, in any way GitHub takes it: `Bearer`, `token`, or
 * `Basic` with the token as the password (whatever the user name) or as the user name.
 */
export function isAuthorized(header: string | undefined, token: string): boolean {
  const [, scheme, value] = /^(\S+) +(\S+)\s*$/.exec(header ?? "") ?? [];
  if (scheme === undefined || value === undefined) return false;
  switch (scheme.toLowerCase()) {
    case "bearer":
    case "token":
      return isSame(value, token);
    case "basic": {
      const [, user, password] = /^([^:]*):?(.*)$/s.exec(Buffer.from(value, "base64").toString()) ?? [];
      return isSame(password ?? "", token) || isSame(user ?? "", token);
    }
    default:
      return false;
  }
}

/** Compares in a time that tells nothing about either text; of equal length because hashed. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
