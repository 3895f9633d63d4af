import type { z } from "zod";
import { cut, visible } from "../../stacks/visible-text";

/** Characters of GitHub's own message. */
const MESSAGE_LIMIT = 200;

/**
 * Reads the JSON of an answer.
 *
 * @param what the request in words, such as `list the comments`
 * @throws Error that says what GitHub refused, and what to do
 */
export async function readAnswer<T>(answer: Response, schema: z.ZodType<T>, what: string): Promise<T> {
  await refuseError(answer, what);
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
export async function refuseError(answer: Response, what: string): Promise<void> {
  if (answer.ok) return;
  const message = messageIn(await answer.text());
  throw new Error(
    `GitHub refuses to ${what} (${answer.status}${message === "" ? "" : `, ${message}`}). ${adviceFor(answer, message)}`,
  );
}

function adviceFor({ status, headers }: Response, message: string): string {
  const isLimit = headers.get("x-ratelimit-remaining") === "0" || /rate limit/i.test(message);
  switch (status) {
    case 401:
      return "The token is wrong or has expired: run the workflow again.";
    case 403:
    case 429:
      return isLimit
        ? "The rate limit is reached: run the workflow again in an hour."
        : "The job needs the permissions pull-requests: write and statuses: write.";
    case 404:
      return "The repository, the pull request or the comment is missing, or the token has no access to it.";
    case 422:
      return "GitHub does not accept the content: report this as a bug.";
    default:
      return "Run the workflow again later.";
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
