import { createInterface } from "node:readline/promises";

export interface Confirmation {
  readonly question: string;
  /** The only answer that confirms: a name, which is not typed by mistake. */
  readonly answer: string;
  /** The error for any other answer, such as "Nothing was changed." */
  readonly otherwise: string;
  /** Throws when what the question says no longer holds: the state can change while the prompt is open. */
  readonly recheck?: () => Promise<unknown>;
}

/**
 * Asks on the terminal for a confirmation, and then checks again that it still applies.
 *
 * @throws Error for any other answer, and without one, as where standard input is closed
 */
export async function confirm({ question, answer, otherwise, recheck }: Confirmation): Promise<void> {
  if ((await ask(question)) !== answer) throw new Error(otherwise);
  await recheck?.();
}

/** Asks on the terminal. @returns the answer without spaces around it; empty where standard input is closed */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
    return (await Promise.race([terminal.question(question), closed])).trim();
  } finally {
    terminal.close();
  }
}
