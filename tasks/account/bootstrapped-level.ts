import { GetParameterCommand, ParameterNotFound, type SSMClient } from "@aws-sdk/client-ssm";
import type { Settings } from "../../settings";
import { bootstrapLevelName } from "../../stacks/bootstrap-level";
import { namesOf } from "../../stacks/names";

/**
 * Checks that bootstrap has deployed what a branch pipeline uses of the pipeline that delivers to production.
 *
 * @param needed the bootstrap level that created it
 * @throws Error that says what to do
 */
export async function checkBootstrappedLevel(
  client: SSMClient,
  settings: Settings,
  needed: number,
): Promise<void> {
  const { pipeline, parameter } = namesOf(settings);
  const { Parameter } = await client
    .send(new GetParameterCommand({ Name: parameter(bootstrapLevelName) }))
    .catch((error: unknown) => {
      // A pipeline from before there were levels.
      if (error instanceof ParameterNotFound) return { Parameter: undefined };
      throw error;
    });
  const level = Number(Parameter?.Value ?? 0);
  if (level >= needed) return;
  throw new Error(
    `${pipeline} is from an earlier bootstrap (level ${level}), and branch pipelines use what level ${needed} creates. ` +
      `Check out ${settings.pipeline_githubBranch} and run npm run bootstrap first.`,
  );
}
