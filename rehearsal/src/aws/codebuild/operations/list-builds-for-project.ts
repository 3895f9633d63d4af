import type { ListBuildsForProjectInput, ListBuildsForProjectOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";
import { pageInput, pageOf } from "./page";

/** Lists the builds of one project, by default the newest first. */
export function listBuildsForProject({
  projects,
  builds,
}: Context): Operation<ListBuildsForProjectInput, ListBuildsForProjectOutput> {
  return (input) => {
    check(z.looseObject({ ...pageInput, projectName: z.string().min(1) }), input);
    const { name } = projects.get(input.projectName!);
    const ids = builds.ids().filter((id) => id.startsWith(`${name}:`));
    const { items, nextToken } = pageOf(
      input.sortOrder === "ASCENDING" ? ids : ids.reverse(),
      input.nextToken,
    );
    return { ids: items, nextToken };
  };
}
