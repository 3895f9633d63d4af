import type { BuildLog } from "./build-log";
import type { Buildspec, CommandPhase } from "./buildspec";
import { PhaseError } from "./phase-error";
import type { Shell } from "./shell";

/**
 * Runs the commands of a phase in the build's shell until one fails, then those of `finally` in any case.
 * @throws PhaseError `COMMAND_EXECUTION_ERROR` for the first failed command
 */
export async function runCommands(
  phase: Buildspec["phases"][CommandPhase],
  shell: Shell,
  log: BuildLog,
  signal: AbortSignal,
): Promise<void> {
  const context = { shell, log, signal };
  const failure = await runAll(phase?.commands ?? [], context);
  const lastFailure = await runAll(phase?.finally ?? [], context);
  if (failure) throw failure;
  if (lastFailure) throw lastFailure;
}

interface Context {
  readonly shell: Shell;
  readonly log: BuildLog;
  readonly signal: AbortSignal;
}

async function runAll(
  commands: readonly string[],
  { shell, log, signal }: Context,
): Promise<PhaseError | undefined> {
  for (const command of commands) {
    signal.throwIfAborted();
    log.container(`Running command ${command.trimEnd()}`);
    const status = await shell.run(command);
    signal.throwIfAborted();
    if (status === 0) continue;
    log.container(`Command did not exit successfully ${command.trimEnd()} exit status ${status}`);
    await shell.run("export CODEBUILD_BUILD_SUCCEEDING=0");
    return new PhaseError(
      "COMMAND_EXECUTION_ERROR",
      `Error while executing command: ${command.trimEnd()}. Reason: exit status ${status}`,
    );
  }
  return undefined;
}
