/** The variables that programs of the rehearsal get from the machine: paths, language and time zone. */
const INHERITED = new Set(["PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "NODE_EXTRA_CA_CERTS", "LOG_LEVEL"]);

/**
 * Returns the variables that the emulator and its functions inherit. Functions must not see anything else, such as
 * tokens and keys, which they would not have on AWS.
 */
export function inherited(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (INHERITED.has(entry[0]) || entry[0].startsWith("POWERTOOLS_")),
    ),
  );
}
