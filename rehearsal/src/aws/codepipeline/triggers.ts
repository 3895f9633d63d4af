import type {
  GitConfiguration,
  GitFilePathFilterCriteria,
  GitPushFilter,
  PipelineDeclaration,
} from "@aws-sdk/client-codepipeline";
import { providerOf } from "./declaration";
import { matchesGlob } from "./glob";

/** The provider of sources with a connection, which alone can have triggers. */
export const CONNECTION = "AWS/CodeStarSourceConnection";

/**
 * Returns what is wrong with a pipeline's triggers, or what of them the rehearsal does not emulate: if that were ignored,
 * a push that a filter excludes would start the pipeline.
 */
export function triggersProblem({ pipelineType, stages, triggers = [] }: PipelineDeclaration) {
  if (triggers.length > 0 && pipelineType !== "V2") return "Triggers are only supported for V2 pipelines";
  const seen = new Set<string>();
  for (const { gitConfiguration } of triggers) {
    const { sourceActionName: name = "" } = gitConfiguration!;
    const source = stages![0]!.actions!.find((action) => action.name === name);
    if (!source || providerOf(source) !== CONNECTION)
      return `Trigger for '${name}': the pipeline has no source action of that name with a connection`;
    if (seen.has(name)) return `Source action '${name}' has more than one trigger`;
    seen.add(name);
    const problem = filtersProblem(gitConfiguration!);
    if (problem !== undefined) return `Trigger for '${name}': ${problem}`;
  }
  return undefined;
}

function filtersProblem({ push = [], pullRequest }: GitConfiguration): string | undefined {
  if (pullRequest) return "filters on pull requests are not emulated by the rehearsal";
  if (push.length === 0) return "there is no filter";
  for (const { tags, branches, filePaths } of push) {
    if (tags) return "filters on tags are not emulated by the rehearsal";
    // Valid combinations: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
    if (!branches) return "a filter on file paths needs one on branches";
    for (const pattern of [branches, filePaths ?? {}].flatMap(patternsOf)) {
      try {
        matchesGlob(pattern, "");
      } catch (error) {
        return (error as Error).message;
      }
    }
  }
  return undefined;
}

/** Returns the filters on pushes of a source action. Undefined if it has none, and detects changes itself. */
export function pushFilters({ triggers }: PipelineDeclaration, action: string): GitPushFilter[] | undefined {
  return triggers?.find((one) => one.gitConfiguration!.sourceActionName === action)?.gitConfiguration!.push;
}

/** Whether a filter is about a branch. */
export function isAbout({ branches }: GitPushFilter, branch: string): boolean {
  return passes(branches, branch);
}

/**
 * Whether a filter lets a push start the pipeline. AWS does not document what happens if a push changes an excluded file
 * and another one: the pipeline starts, as the example of the guide suggests, which excludes a file in an included folder:
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
 *
 * @param files the changed files; undefined where they are unknown, so that none excludes the push
 */
export function lets({ filePaths }: GitPushFilter, files: readonly string[] | undefined): boolean {
  return files === undefined || files.some((file) => passes(filePaths, file));
}

function passes({ includes, excludes = [] }: GitFilePathFilterCriteria = {}, text: string): boolean {
  const matches = (pattern: string) => matchesGlob(pattern, text);
  return (includes === undefined || includes.some(matches)) && !excludes.some(matches);
}

function patternsOf({ includes = [], excludes = [] }: GitFilePathFilterCriteria): string[] {
  return [...includes, ...excludes];
}
