import type { Context } from "hono";

/** Items of a page, by default and at most. */
const DEFAULT = 30;
const MAXIMUM = 100;

/** Returns the part of a list that a request selects with `page` (from 1) and `per_page`. */
export function pageOf<T>(context: Context, items: readonly T[]): T[] {
  const size = Math.min(positive(context.req.query("per_page"), DEFAULT), MAXIMUM);
  const first = (positive(context.req.query("page"), 1) - 1) * size;
  return items.slice(first, first + size);
}

function positive(text: string | undefined, otherwise: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}
