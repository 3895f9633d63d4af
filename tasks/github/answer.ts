import type { z } from "zod";
import { cut, visible } from "../../stacks/visible-text";

/** What the requests of `.github/workflows/plan.yml` need. */
const JOB_PERMISSIONS = "pull-requests: write and statuses: write";

/** Characters of GitHub's own message. */
const MESSAGE_LIMIT = 200;

/**
 * Reads the JSON of an answer.
 *
 * @param what the request in words, such as `list the comments`
 * @param permissions what the token needs for it; by default what a job of plan.yml needs
 * @throws Error that says what GitHub refused, and what to do
 */
export async function readAnswer<T>(
  answer: Response,
  schema: z.ZodType<T>,
  what: string,
  permissions?: string,
): Promise<T> {
  await refuseError(answer, what, permissions);
  const text = await answer.text();
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new Error(
      `GitHub answers ${answer.status} with something other than the expected JSON to the request to ${what}: ` +
        "a proxy may have answered instead. Check GITHUB_BASE_URL if it is set, and run this again.",
    );
  }
}

/** @throws Error for an answer with an error status */
export async function refuseError(
  answer: Response,
  what: string,
  permissions = JOB_PERMISSIONS,
): Promise<void> {
  if (answer.ok) return;
  const message = messageIn(await answer.text());
  throw new Error(
    `GitHub refuses to ${what} (${answer.status}${message === "" ? "" : `, ${message}`}). ${adviceFor(answer, message, permissions)}`,
  );
}

function adviceFor({ status, headers }: Response, message: string, permissions: string): string {
  const isLimit = headers.get("x-ratelimit-remaining") === "0" || /rate limit/i.test(message);
  switch (status) {
    case 401:
      return "The token is wrong or has expired: run this again with a new one.";
    case 403:
    case 429:
      return isLimit
        ? "The rate limit is reached: run this again in an hour."
        : `The token needs the permissions ${permissions}.`;
    case 404:
      return `What it is about is missing, or the token lacks the permissions ${permissions}.`;
    case 422:
      return "GitHub does not accept the content: report this as a bug.";
    default:
      return "Run this again later.";
  }
}

/** Returns GitHub's message; nothing where an answer is not its JSON, such as a page in HTML. */
function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? cut(visible(message), MESSAGE_LIMIT) : "";
  } catch {
    return "";
  }
}
