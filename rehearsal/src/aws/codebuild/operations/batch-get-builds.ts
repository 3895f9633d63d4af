import type { BatchGetBuildsInput, BatchGetBuildsOutput } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Operation } from "../../operation";
import { buildId } from "./build-id";
import type { Context } from "./context";
import { check, identifiers } from "./input";

export function batchGetBuilds({ builds }: Context): Operation<BatchGetBuildsInput, BatchGetBuildsOutput> {
  return (input) => {
    check(z.looseObject({ ids: identifiers }), input);
    const ids = input.ids!;
    return {
      builds: ids.flatMap((id) => builds.get(buildId(id)) ?? []),
      buildsNotFound: ids.filter((id) => !builds.get(buildId(id))),
    };
  };
}
