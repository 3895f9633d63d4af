/** Why a phase failed, as in its context: a status code such as `YAML_FILE_ERROR`, and a message. */
export class PhaseError extends Error {
  constructor(
    readonly statusCode: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Converts an error to that of a phase. An error of an AWS service is the client's; any other is an internal one.
 */
export function phaseError(error: unknown): PhaseError {
  if (error instanceof PhaseError) return error;
  if (!(error instanceof Error)) return new PhaseError("INTERNAL_SERVICE_ERROR", String(error));
  if ("$fault" in error) return new PhaseError("CLIENT_ERROR", `${error.name}: ${error.message}`);
  return new PhaseError("INTERNAL_SERVICE_ERROR", error.message);
}
