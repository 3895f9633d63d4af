import { z } from "zod";
import { AwsError } from "../aws-error";

/**
 * Validates the input of an operation, and returns it.
 * @throws ValidationException with the invalid members
 */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `Value at '${path.join(".")}' failed to satisfy constraint: ${message}`,
  );
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected`;
  throw new AwsError("ValidationException", `${count}: ${problems.join("; ")}`);
}

/** The name of a pipeline, stage, action or webhook. */
export const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9.@_-]+$/, "must satisfy the pattern [A-Za-z0-9.@\\-_]+");

export const tags = z.array(z.object({ key: z.string().min(1).max(128), value: z.string().max(256) }));

/** The paging members in the input of a list operation. A token names the last item of the previous page. */
export const page = {
  maxResults: z.number().int().min(1).max(100).default(100),
  nextToken: z.string().min(1).max(2048).optional(),
};

/**
 * Returns one page of a list, and the token of the next one. Items that are added between two calls do not shift the
 * pages.
 * @param idOf returns the unique ID of an item
 * @throws InvalidNextTokenException
 */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { maxResults, nextToken }: { maxResults: number; nextToken?: string | undefined },
): { items: T[]; nextToken: string | undefined } {
  const last = nextToken === undefined ? -1 : items.findIndex((item) => tokenOf(idOf(item)) === nextToken);
  if (nextToken !== undefined && last < 0) {
    throw new AwsError("InvalidNextTokenException", "The nextToken is not one of this list");
  }
  const shown = items.slice(last + 1, last + 1 + maxResults);
  const hasMore = last + 1 + maxResults < items.length;
  return { items: shown, nextToken: hasMore ? tokenOf(idOf(shown.at(-1)!)) : undefined };
}

function tokenOf(id: string): string {
  return Buffer.from(id).toString("base64url");
}
