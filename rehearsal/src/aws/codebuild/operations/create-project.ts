import type { CreateProjectInput, CreateProjectOutput } from "@aws-sdk/client-codebuild";
import type { Operation } from "../../operation";
import { projectArn } from "../projects";
import type { Context } from "./context";
import { check, newProject } from "./input";
import { checkServiceRole } from "./service-role";

export function createProject({
  aws,
  projects,
}: Context): Operation<CreateProjectInput, CreateProjectOutput> {
  return async (input) => {
    check(newProject, input);
    await checkServiceRole(aws, input.serviceRole!, projectArn(aws, input.name!));
    return { project: projects.create(input) };
  };
}
