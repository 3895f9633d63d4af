import { z } from "zod";
import { AwsError } from "../../aws-error";

/**
 * Validates the input of an operation.
 * @throws InvalidInputException with the invalid members
 */
export function check(schema: z.ZodType, input: unknown): void {
  const parsed = schema.safeParse(input);
  if (parsed.success) return;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "input"}: ${message}`);
  throw new AwsError("InvalidInputException", problems.join("; "));
}

/** The names, IDs or ARNs in the input of a Batch operation. */
export const identifiers = z.array(z.string().min(1)).min(1).max(100);

export const variables = z.array(
  z.looseObject({
    name: z.string().min(1),
    value: z.string(),
    type: z.enum(["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]).optional(),
  }),
);

export const role = z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, "must be the ARN of a role");

/** A timeout in minutes, at least five. */
export const minutes = (max: number) => z.number().int().min(5).max(max);

export const tags = z
  .array(z.looseObject({ key: z.string().min(1).max(127), value: z.string().max(255) }))
  .max(50);

const sourceTypes = z.enum([
  "BITBUCKET",
  "CODECOMMIT",
  "CODEPIPELINE",
  "GITHUB",
  "GITHUB_ENTERPRISE",
  "GITLAB",
  "GITLAB_SELF_MANAGED",
  "NO_SOURCE",
  "S3",
]);

const settings = z.looseObject({
  description: z.string().max(255),
  source: z.looseObject({
    type: sourceTypes,
    location: z.string().optional(),
    buildspec: z.string().optional(),
  }),
  artifacts: z.looseObject({ type: z.enum(["CODEPIPELINE", "NO_ARTIFACTS", "S3"]) }),
  environment: z.looseObject({
    type: z.string().min(1),
    image: z.string().min(1),
    computeType: z.string().min(1),
    environmentVariables: variables.optional(),
  }),
  serviceRole: role,
  timeoutInMinutes: minutes(2160),
  queuedTimeoutInMinutes: minutes(480),
  encryptionKey: z.string().min(1),
  tags,
  badgeEnabled: z.boolean(),
  concurrentBuildLimit: z
    .number()
    .int()
    .refine((limit) => limit === -1 || limit > 0, "must be positive, or -1 for no limit"),
});

const required = { source: true, artifacts: true, environment: true, serviceRole: true } as const;

/** The input of CreateProject. */
export const newProject = settings
  .partial()
  .required(required)
  .extend({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9\-_]{1,149}$/,
        "must be 2 to 150 letters, digits, - or _, and begin with a letter or digit",
      ),
  });

/** The input of UpdateProject. */
export const changedProject = settings.partial().extend({ name: z.string().min(1) });
