import type { RetryBuildInput, RetryBuildOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import type { Operation } from "../../operation";
import { buildId } from "./build-id";
import type { Context } from "./context";
import { check } from "./input";

const retryInput = z.strictObject({ id: z.string().min(1) });

/** Starts a new build with the parameters of an earlier one. */
export function retryBuild({ projects, builds }: Context): Operation<RetryBuildInput, RetryBuildOutput> {
  return (input) => {
    check(retryInput, input);
    const request = builds.request(buildId(input.id!));
    if (!request) throw new AwsError("ResourceNotFoundException", `Build cannot be found: ${input.id}`);
    const { project, initiator } = request;
    // A deleted project cannot be built.
    projects.get(project.name!);
    if (initiator.startsWith("codepipeline/")) {
      const message = `Build ${input.id} belongs to a pipeline, which would not wait for another: retry the stage instead`;
      throw new AwsError("InvalidInputException", message);
    }
    return { build: builds.start(project, request) };
  };
}
