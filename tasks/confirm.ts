import { createInterface } from "node:readline/promises";

/** Asks on the terminal, and takes only one answer for yes: a name, which nobody types by mistake. */
export async function confirm(question: string, answer: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Without an answer, as where nobody can be asked, the input ends.
    const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
    return (await Promise.race([terminal.question(question), ended])).trim() === answer;
  } finally {
    terminal.close();
  }
}
