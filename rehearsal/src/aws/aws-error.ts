/** An error that a client receives by the service's name for it, such as `PipelineNotFoundException`. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly statusCode = 400,
  ) {
    super(message);
    this.name = code;
  }
}
