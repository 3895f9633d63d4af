import { z } from "zod";
import { AwsError } from "../aws-error";

export const arn = z.string().min(1).max(256);

export const tags = z
  .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
  .max(200);

/**
 * Validates the input of an operation, and returns it.
 * @throws ValidationException with the invalid members
 */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const { data, error } = schema.safeParse(input);
  if (!error) return data;
  const problems = error.issues.map(
    ({ path, message }) => `Value at '${path.join(".")}' failed to satisfy constraint: ${message}`,
  );
  throw new AwsError("ValidationException", problems.join("; "));
}
