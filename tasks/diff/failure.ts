import { stripVTControlCharacters } from "node:util";
import { cut, visible } from "../../stacks/visible-text";
import type { Exit } from "../process";

/** Characters of Terraform's own message: the rest is in the log. */
const MESSAGE_LIMIT = 300;

/** What Terraform and its providers print, and what the reader is to do. The first that matches counts. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /ExpiredToken|security token included in the request is expired|RequestExpired/i,
    "The AWS credentials have expired. Sign in again, and repeat this.",
  ],
  [
    /No valid credential sources found|failed to refresh cached credentials|InvalidClientTokenId/i,
    "There are no AWS credentials that are accepted. Sign in, or set AWS_PROFILE, and repeat this.",
  ],
  [
    /NoSuchBucket|S3 bucket "[^"]*" does not exist|S3 bucket does not exist/i,
    "The state bucket does not exist. Run npm run bootstrap first, or correct pipeline_state_bucket_name and the region.",
  ],
  [
    /Plugin did not respond|plugin crashed|panic: |The plugin encountered an error/i,
    "A Terraform provider crashed. Its output is in the log; repeat this, and report it to the provider if it crashes again.",
  ],
];

/**
 * Returns in one line why a stack could not be planned, and what to do.
 *
 * @param output what the command printed
 */
export function failureMessage(exit: Exit, output: string, command = "cdktf diff"): string {
  const text = stripVTControlCharacters(output);
  const known = KNOWN.find(([pattern]) => pattern.test(text))?.[1];
  if (known !== undefined) return known;
  if (typeof exit === "string")
    return `${command} was killed by ${exit}, perhaps because memory ran out. Repeat this.`;
  // Terraform frames a message with │, and cdktf puts the name of the stack before each line.
  const [, message] = /\b\w*Error: ([^\n]+)/.exec(text) ?? [];
  return message === undefined
    ? `${command} exited with ${exit} without a message. Its output is in the log.`
    : cut(visible(message.trim()), MESSAGE_LIMIT);
}
