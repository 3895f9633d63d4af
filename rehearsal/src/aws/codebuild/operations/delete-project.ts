import type { DeleteProjectInput, DeleteProjectOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";

/** Deleting a project that isn't there succeeds, and builds that run go on, as at the service. */
export function deleteProject({ projects }: Context): Operation<DeleteProjectInput, DeleteProjectOutput> {
  return (input) => {
    check(z.looseObject({ name: z.string().min(1) }), input);
    projects.delete(input.name!);
    return {};
  };
}
