import type { ListProjectsInput, ListProjectsOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";
import { pageInput, pageOf } from "./page";

/** Lists projects by name. Other orders are not emulated. */
export function listProjects({ projects }: Context): Operation<ListProjectsInput, ListProjectsOutput> {
  return (input) => {
    check(z.looseObject({ ...pageInput, sortBy: z.literal("NAME").optional() }), input);
    const names = input.sortOrder === "DESCENDING" ? projects.names().reverse() : projects.names();
    const { items, nextToken } = pageOf(names, input.nextToken);
    return { projects: items, nextToken };
  };
}
