import type { BatchGetProjectsInput, BatchGetProjectsOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check, identifiers } from "./input";

export function batchGetProjects({
  projects,
}: Context): Operation<BatchGetProjectsInput, BatchGetProjectsOutput> {
  return (input) => {
    check(z.looseObject({ names: identifiers }), input);
    const names = input.names!;
    return {
      projects: names.flatMap((name) => projects.find(name) ?? []),
      projectsNotFound: names.filter((name) => !projects.find(name)),
    };
  };
}
