/** What a program of the rehearsal may know of the machine: where its tools are, language and time zone. */
const INHERITED = new Set(["PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "NODE_EXTRA_CA_CERTS", "LOG_LEVEL"]);

/**
 * The variables that the emulator, and with it every function, inherits from the operator's environment. Functions
 * must not see anything else, such as tokens and keys: on AWS they would not have it either.
 */
export function inherited(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (INHERITED.has(entry[0]) || entry[0].startsWith("POWERTOOLS_")),
    ),
  );
}
