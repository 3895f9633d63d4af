import { z } from "zod";
import { AwsError } from "../../aws-error";

/** The items of one page. */
const PAGE_SIZE = 100;

/** The members for paging and sorting in the input of a list operation. */
export const pageInput = {
  nextToken: z.string().optional(),
  sortOrder: z.enum(["ASCENDING", "DESCENDING"]).optional(),
};

export interface Page {
  readonly items: string[];
  readonly nextToken?: string;
}

/** Returns one page of a list. The token is the index of the next page. */
export function pageOf(all: readonly string[], nextToken: string | undefined): Page {
  const from = nextToken === undefined ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError("InvalidInputException", `nextToken: ${nextToken} is not a token of this list`);
  }
  const items = all.slice(from, from + PAGE_SIZE);
  return from + PAGE_SIZE < all.length ? { items, nextToken: String(from + PAGE_SIZE) } : { items };
}
