import type { ErrorDetails } from "@aws-sdk/client-codepipeline";

/** The maximum lengths of texts in CodePipeline's responses, by its model. */
export const LIMITS = { summary: 2048, errorMessage: 5000 } as const;

/**
 * Returns a text as CodePipeline shows it: not empty, and not longer than its limit. How the service shortens one is not
 * documented.
 */
export function shown(text: string | undefined, limit: keyof typeof LIMITS): string | undefined {
  return text ? [...text].slice(0, LIMITS[limit]).join("") : undefined;
}

/** Returns an error as CodePipeline shows it. */
export function shownError(error: ErrorDetails | undefined): ErrorDetails | undefined {
  return error && { ...error, message: shown(error.message, "errorMessage") };
}
