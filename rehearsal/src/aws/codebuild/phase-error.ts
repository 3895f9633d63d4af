/** Why a phase of a build failed, as its context tells it: a status code such as `YAML_FILE_ERROR`, and a message. */
export class PhaseError extends Error {
  constructor(
    readonly statusCode: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An error as a phase reports it. What an AWS service refused is the client's error; anything else is
 * a fault of the build's own machinery.
 */
export function phaseError(error: unknown): PhaseError {
  if (error instanceof PhaseError) return error;
  if (!(error instanceof Error)) return new PhaseError("INTERNAL_SERVICE_ERROR", String(error));
  if ("$fault" in error) return new PhaseError("CLIENT_ERROR", `${error.name}: ${error.message}`);
  return new PhaseError("INTERNAL_SERVICE_ERROR", error.message);
}
