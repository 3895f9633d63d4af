/** One operation of a service: takes the parsed request body and the caller's ARN, returns the response body. */
export type Operation<Input = never, Output extends object = object> = (
  input: Input,
  caller: string,
) => Promise<Output> | Output;

/** The operations of a service by name, such as `GetPipeline`. */
export type Operations = Readonly<Record<string, Operation>>;
