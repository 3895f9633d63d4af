import type { StopBuildInput, StopBuildOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import { AwsError } from "../../aws-error";
import type { Operation } from "../../operation";
import { buildId } from "./build-id";
import type { Context } from "./context";
import { check } from "./input";

/** Starts to stop a build, and returns at once. The status changes when its processes have terminated. */
export function stopBuild({ builds }: Context): Operation<StopBuildInput, StopBuildOutput> {
  return (input) => {
    check(z.looseObject({ id: z.string().min(1) }), input);
    const id = buildId(input.id!);
    if (!builds.get(id))
      throw new AwsError("ResourceNotFoundException", `Build cannot be found: ${input.id}`);
    builds.stop(id);
    return { build: builds.get(id) };
  };
}
