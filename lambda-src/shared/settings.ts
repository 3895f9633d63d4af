import * as z from "zod";

/** The setting every function has: the bucket that holds documents and metadata. */
export const bucketSetting = { BUCKET: z.string().min(1) };

/**
 * Reads a function's settings from the environment variables named in `shape`. Called while the module loads,
 * so that a function deployed with a wrong setting fails at its first start and not at its first odd request.
 * Throws an Error that names every variable that is missing or wrong.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(environment);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`Environment variables of this function are missing or wrong. ${problems.join("; ")}.`);
}
