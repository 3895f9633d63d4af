import { z } from "zod";
import { AwsError } from "../../aws-error";

/** List operations answer a hundred items at a time. */
const PAGE = 100;

/** The members of a list operation's input that page and sort. */
export const pageInput = {
  nextToken: z.string().optional(),
  sortOrder: z.enum(["ASCENDING", "DESCENDING"]).optional(),
};

export interface Page {
  readonly items: string[];
  readonly nextToken?: string;
}

/** One page of a list. The token is the position of the next one. */
export function pageOf(all: readonly string[], nextToken: string | undefined): Page {
  const from = nextToken === undefined ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError("InvalidInputException", `nextToken: ${nextToken} is not a token of this list`);
  }
  const items = all.slice(from, from + PAGE);
  return from + PAGE < all.length ? { items, nextToken: String(from + PAGE) } : { items };
}
