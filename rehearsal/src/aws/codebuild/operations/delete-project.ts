import type { DeleteProjectInput, DeleteProjectOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";

/** Deletes a project. As in AWS, it succeeds if the project does not exist, and running builds continue. */
export function deleteProject({ projects }: Context): Operation<DeleteProjectInput, DeleteProjectOutput> {
  return (input) => {
    check(z.looseObject({ name: z.string().min(1) }), input);
    projects.delete(input.name!);
    return {};
  };
}
