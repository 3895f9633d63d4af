/** The base URLs of a session's servers, in a fixed order. */
export type Addresses = readonly string[];

/**
 * Replaces the addresses of one session with those of another, for 127.0.0.1 and localhost.
 * @throws Error when ports differ in length: the saved state contains lengths of strings
 */
export function replaceAddresses(before: Addresses, after: Addresses): (text: string) => string {
  const ports = new Map(before.map((address, index) => [portOf(address), portOf(after[index]!)]));
  for (const [old, now] of ports) {
    if (old.length === now.length) continue;
    throw new Error(
      `A state saved with port ${old} cannot be restored with port ${now}, which has another number of digits. ` +
        "Let the system choose free ports of five digits: see /proc/sys/net/ipv4/ip_local_port_range.",
    );
  }
  const places = new RegExp(`(127\\.0\\.0\\.1|localhost)(:|%3A)(${[...ports.keys()].join("|")})(?!\\d)`, "g");
  return (text) =>
    text.replace(places, (_, host: string, colon: string, port: string) => host + colon + ports.get(port));
}

function portOf(address: string): string {
  return new URL(address).port;
}
