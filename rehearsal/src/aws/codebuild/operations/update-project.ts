import type { UpdateProjectInput, UpdateProjectOutput } from "@aws-sdk/client-codebuild";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { changedProject, check } from "./input";
import { checkServiceRole } from "./service-role";

export function updateProject({
  aws,
  projects,
}: Context): Operation<UpdateProjectInput, UpdateProjectOutput> {
  return async (input) => {
    check(changedProject, input);
    const { arn } = projects.get(input.name!);
    if (input.serviceRole) await checkServiceRole(aws, input.serviceRole, arn!);
    return { project: projects.update(input) };
  };
}
