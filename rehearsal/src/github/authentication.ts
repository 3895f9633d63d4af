import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Returns whether an `Authorization` header carries the token in a form that GitHub accepts: `Bearer`, `token`, or
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

/** Compares in constant time; hashes have equal length. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
