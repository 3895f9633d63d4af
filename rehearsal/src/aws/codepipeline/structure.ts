import type { ActionDeclaration, PipelineDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import { AwsError } from "../aws-error";
import { checkActionType } from "./action-types";
import type { ActionProviders } from "./actions/action";
import { OPERATORS } from "./conditions";
import { providerOf } from "./declaration";
import { windowProblem } from "./deployment-window";
import { triggersProblem } from "./triggers";

/**
 * Validates a structure as a whole, as CreatePipeline and UpdatePipeline do.
 * @throws InvalidStructureException, also for features of AWS that the rehearsal does not emulate
 */
export function checkStructure(pipeline: PipelineDeclaration, providers: ActionProviders): void {
  const stages = pipeline.stages!;
  if (stages.length < 2)
    invalid("Pipeline has only one stage. There should be a minimum of two stages in pipeline");
  if (!pipeline.artifactStore)
    invalid("The rehearsal emulates pipelines with one artifactStore, and there is none");
  if (pipeline.artifactStores)
    invalid("A pipeline has either an artifactStore or artifactStores, and not both");
  unique(stages, "stage name in the pipeline");
  unique(namespaces(stages), "namespace");
  checkType(pipeline);
  const triggers = triggersProblem(pipeline);
  if (triggers !== undefined) invalid(triggers);
  stages.forEach((stage, index) => {
    checkStage(stage, index === 0);
    for (const action of stage.actions!) checkProvider(action, stage, providers);
  });
  checkArtifacts(stages);
}

function checkType({ pipelineType, executionMode, stages, variables }: PipelineDeclaration): void {
  if (executionMode === "PARALLEL") invalid("Execution mode PARALLEL is not emulated by the rehearsal");
  if (pipelineType === "V2") return;
  if (executionMode === "QUEUED") invalid("Execution mode QUEUED is only supported for V2 pipelines");
  if (variables?.length) invalid("Pipeline variables are only supported for V2 pipelines");
  if (stages!.some((stage) => stage.beforeEntry ?? stage.onFailure ?? stage.onSuccess)) {
    invalid("Stage conditions are only supported for V2 pipelines");
  }
  if (stages!.some(({ actions }) => actions!.some((action) => providerOf(action) === "AWS/Lambda"))) {
    invalid("The Lambda deploy action is only supported for V2 pipelines");
  }
}

function checkStage(stage: StageDeclaration, isFirst: boolean): void {
  const { name, actions } = stage;
  if (actions!.length === 0) invalid(`Stage ${name} has no actions`);
  unique(actions!, `action name in stage ${name}`);
  for (const action of actions!) {
    const isSource = action.actionTypeId!.category === "Source";
    if (isFirst && !isSource)
      invalid(`The first stage can only have source actions, and ${action.name} is not one`);
    if (!isFirst && isSource)
      invalid(`Source actions can only be in the first stage, and ${action.name} is in ${name}`);
  }
  if (isFirst && stage.beforeEntry) invalid("The source stage cannot have entry conditions");
  checkConditions(stage);
}

function checkConditions({ name, beforeEntry, onFailure, onSuccess }: StageDeclaration): void {
  if (onSuccess) invalid(`Stage ${name}: onSuccess is not emulated by the rehearsal`);
  if (onFailure?.conditions?.length)
    invalid(`Stage ${name}: conditions of onFailure are not emulated by the rehearsal`);
  // The API's enumeration has them; CloudFormation's, which lists what a stage can do, does not.
  if (onFailure?.result === "FAIL" || onFailure?.result === "SKIP")
    invalid(`Stage ${name}: ${onFailure.result} is not a result of onFailure`);
  if (onFailure?.result === "ROLLBACK") invalid(`Stage ${name}: ROLLBACK is not emulated by the rehearsal`);
  for (const { result = "FAIL", rules = [] } of beforeEntry?.conditions ?? []) {
    if (result !== "FAIL" && result !== "SKIP")
      invalid(`Stage ${name}: ${result} is not a result of an entry condition`);
    unique(rules, `rule name in stage ${name}`);
    for (const rule of rules) {
      const provider = rule.ruleTypeId!.provider!;
      const where = `Stage ${name}, rule ${rule.name}`;
      if (provider === "VariableCheck") checkVariableCheck(where, rule.configuration ?? {});
      else if (provider === "DeploymentWindow") checkWindow(where, result, rule.configuration ?? {});
      else invalid(`Stage ${name}: rule ${provider} is not emulated by the rehearsal`);
    }
  }
}

/** AWS can skip a stage by the rules LambdaInvoke and VariableCheck only. */
function checkWindow(where: string, result: string, configuration: Record<string, string>): void {
  if (result === "SKIP") invalid(`${where}: the rule DeploymentWindow does not support the result SKIP`);
  const problem = windowProblem(configuration);
  if (problem !== undefined) invalid(`${where} ${problem}`);
}

function checkVariableCheck(where: string, configuration: Record<string, string>): void {
  for (const key of ["Variable", "Operator", "Value"]) {
    if (configuration[key] === undefined) invalid(`${where} is missing required configuration ${key}`);
  }
  const { Operator = "", Value = "" } = configuration;
  if (!Object.hasOwn(OPERATORS, Operator)) {
    invalid(`${where}: Operator is "${Operator}", not one of ${Object.keys(OPERATORS).join(", ")}`);
  }
  if (Operator === "MATCHES" && !isPattern(Value)) invalid(`${where}: Value is not a regular expression`);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function checkProvider(action: ActionDeclaration, stage: StageDeclaration, providers: ActionProviders): void {
  checkActionType(action);
  const name = providerOf(action);
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (!provider) {
    const known = Object.keys(providers).join(", ");
    invalid(`Action ${action.name}: ${name} is not emulated by the rehearsal, which has ${known}`);
  }
  const missing = provider.required.filter((key) => action.configuration?.[key] === undefined);
  if (missing.length > 0) {
    invalid(
      `Action configuration for action '${action.name}' is missing required configuration '${missing.join(", ")}'`,
    );
  }
  const unsupported = provider.unsupported?.(action.configuration ?? {});
  if (unsupported) invalid(`Action ${action.name}: ${unsupported} is not emulated by the rehearsal`);
  if (action.region)
    invalid(`Action ${action.name} in stage ${stage.name}: cross-region actions are not emulated`);
}

/** Checks that one action creates each artifact, and that only later actions use it. */
function checkArtifacts(stages: readonly StageDeclaration[]): void {
  const created = new Map<string, { stage: number; order: number }>();
  stages.forEach((stage, index) => {
    for (const action of stage.actions!) {
      for (const { name } of action.outputArtifacts!) {
        if (created.has(name!))
          invalid(`Output Artifact Bundle name must be unique within the pipeline; '${name}' is not`);
        created.set(name!, { stage: index, order: action.runOrder! });
      }
    }
  });
  stages.forEach((stage, index) => {
    for (const action of stage.actions!) {
      for (const { name } of action.inputArtifacts!) {
        const creator = created.get(name!);
        const isEarlier =
          creator && (creator.stage < index || (creator.stage === index && creator.order < action.runOrder!));
        if (!isEarlier) {
          invalid(
            `Input Artifact Bundle '${name}' in action ${action.name} is not declared as an earlier output`,
          );
        }
      }
    }
  });
}

function namespaces(stages: readonly StageDeclaration[]): { name: string | undefined }[] {
  const actions = stages.flatMap((stage) => stage.actions!);
  return actions
    .filter(({ namespace }) => namespace !== undefined)
    .map(({ namespace }) => ({ name: namespace }));
}

function unique(items: readonly { name?: string | undefined }[], what: string): void {
  const seen = new Set<string | undefined>();
  for (const { name } of items) {
    if (seen.has(name)) invalid(`Duplicate ${what}: ${name}`);
    seen.add(name);
  }
}

function invalid(message: string): never {
  throw new AwsError("InvalidStructureException", message);
}
