import type { ListBuildsInput, ListBuildsOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import type { Context } from "./context";
import { check } from "./input";
import { pageInput, pageOf } from "./page";

/** Lists the builds of all projects, by default the newest first. */
export function listBuilds({ builds }: Context): Operation<ListBuildsInput, ListBuildsOutput> {
  return (input) => {
    check(z.looseObject(pageInput), input);
    const ids = input.sortOrder === "ASCENDING" ? builds.ids() : builds.ids().reverse();
    const { items, nextToken } = pageOf(ids, input.nextToken);
    return { ids: items, nextToken };
  };
}
