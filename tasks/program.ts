/** A program was called with arguments that it does not have. */
export class UsageError extends Error {}

/**
 * Runs a program. Its error is printed without a stack, and the exit code is then 1, or 2 for a `UsageError`.
 *
 * @param command what the program does
 * @param message returns what is printed for an error; by default the error's own message
 */
export function runProgram(
  command: () => unknown,
  message: (error: Error) => string = (error) => error.message,
): void {
  Promise.resolve()
    .then(command)
    .catch((thrown: unknown) => {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      console.error(error instanceof UsageError ? error.message : message(error));
      process.exitCode = error instanceof UsageError ? 2 : 1;
    });
}
