/**
 * What CodePipeline rejects in a pipeline's structure, checked during synth. AWS would reject it too, but only
 * at the end of an apply, after the roles and projects of a broken pipeline have been created.
 *
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
 */
import type { Action, BuildAction, SourceAction, Stage } from "./stages";

/** The characters in the names of stages, actions and artifacts. */
const NAME = /^[A-Za-z0-9.@_-]{1,100}$/;

/** @throws Error with everything that CodePipeline would reject, one problem per line */
export function checkStages(stages: readonly Stage[]): void {
  const problems = [...checkNames(stages), ...checkPlaces(stages), ...checkFlow(stages)];
  if (problems.length === 0) return;
  throw new Error(
    `The pipeline in stacks/pipeline/stages.ts would be rejected by CodePipeline. Nothing was changed.\n${problems
      .map((problem) => `  - ${problem}`)
      .join("\n")}`,
  );
}

function checkNames(stages: readonly Stage[]): string[] {
  const actions = actionsOf(stages);
  const names = [...stages, ...actions].map(({ name }) => name);
  return [
    ...names
      .filter((name) => !NAME.test(name))
      .map((name) => `invalid name “${name}”: must match ${NAME.source}`),
    ...repeated(stages.map(({ name }) => name)).map((name) => `two stages are named ${name}`),
    // AWS allows the same name in different stages, but it names a project and a namespace here.
    ...repeated(actions.map(({ name }) => name)).map((name) => `two actions are named ${name}`),
    ...repeated(actions.flatMap(outputOf)).map((name) => `two actions write the artifact ${name}`),
  ];
}

function checkPlaces([first, ...others]: readonly Stage[]): string[] {
  const isSource = ({ kind }: Action) => kind === "source";
  return [
    ...(first?.actions.every(isSource) ? [] : ["the first stage must have sources, and nothing else"]),
    ...(others.length > 0 ? [] : ["a pipeline must have two stages or more"]),
    ...[first, ...others].flatMap((stage) =>
      stage && stage.actions.length === 0 ? [`the stage ${stage.name} has no action`] : [],
    ),
    ...others
      .filter((stage) => stage.actions.some(isSource))
      .map((stage) => `${stage.name} has a source, which only the first stage can have`),
    // A stage has one entry condition, whose rules have one result, and a window cannot skip a stage:
    // https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html
    ...others
      .filter((stage) => stage.skippedWhen && stage.window)
      .map((stage) => `${stage.name} cannot be skipped, because it has a deployment window`),
  ];
}

/** An action can only read what an earlier one has written. */
function checkFlow(stages: readonly Stage[]): string[] {
  const problems: string[] = [];
  const artifacts = new Set<string>();
  const namespaces = new Set(["codepipeline"]);
  const check = (name: string, texts: readonly string[]) => {
    const unknown = texts.flatMap(namespacesIn).filter((namespace) => !namespaces.has(namespace));
    problems.push(...unknown.map((one) => `${name} uses a variable of ${one}, which does not run before it`));
  };
  for (const stage of stages) {
    if (stage.skippedWhen) check(`the condition of ${stage.name}`, [stage.skippedWhen.variable]);
    for (const action of stage.actions) {
      if (action.kind === "approval") check(action.name, [action.message, action.link]);
      if (action.kind === "release") check(action.name, [action.version]);
      if (action.kind === "build") {
        check(action.name, Object.values(action.environment ?? {}));
        problems.push(...repeated(action.inputs).map((input) => `${action.name} reads ${input} twice`));
        const missing = action.inputs.filter((input) => !artifacts.has(input));
        problems.push(
          ...missing.map((input) => `${action.name} reads ${input}, which nothing before it writes`),
        );
      }
      outputOf(action).forEach((output) => artifacts.add(output));
      if (writesOutput(action)) namespaces.add(action.name);
    }
  }
  return problems;
}

function actionsOf(stages: readonly Stage[]): Action[] {
  return stages.flatMap(({ actions }) => actions);
}

function outputOf(action: Action): string[] {
  return writesOutput(action) && action.output !== undefined ? [action.output] : [];
}

/** Whether other actions can use its variables or its artifact. */
function writesOutput(action: Action): action is SourceAction | BuildAction {
  return action.kind === "source" || action.kind === "build";
}

/** `#{namespace.VARIABLE}` */
function namespacesIn(text: string): string[] {
  return [...text.matchAll(/#\{([^.}]+)\.[^}]+\}/g)].map(([, namespace]) => namespace ?? "");
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
