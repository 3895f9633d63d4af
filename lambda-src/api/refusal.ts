/** A 4xx status. */
export type RefusalStatus = 400 | 404 | 405 | 413;

/** A request that is refused, and the answer to its client. */
export class Refusal extends Error {
  constructor(
    readonly status: RefusalStatus,
    /** For programs: stays the same when the message is reworded. */
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** The body of every answer that is not a success. */
export function errorBody(code: string, message: string) {
  return { error: { code, message } };
}
