import type { CodepipelineStage, CodepipelineStageAction } from "@cdktf/provider-aws/lib/codepipeline";
import type { Settings } from "../../settings";
import type { ConnectionSource } from "../constructs/connection-source";
import type { GitHubSource } from "../constructs/github-source";
import { definitionOf } from "../functions";
import { liveAlias, releasedEnvironment, type Names } from "../names";
import type { Action, DeploymentWindow, Stage } from "./stages";

/** What the configuration of a stage refers to besides the stage. */
export interface StageContext {
  readonly settings: Settings;
  readonly names: Names;
  readonly source: GitHubSource | ConnectionSource;
  /** The digest of the pipeline's definition. */
  readonly digest: string;
  /** The ARN of the topic that is notified of approvals; undefined before there is one. */
  readonly approvalTopic: string | undefined;
}

/** Returns a stage as CodePipeline takes it. */
export function stageConfiguration(stage: Stage, context: StageContext): CodepipelineStage {
  return {
    name: stage.name,
    action: stage.actions.map((action, index) => ({
      ...actionConfiguration(action, context),
      runOrder: index + 1,
    })),
    ...(stage.skippedWhen && { beforeEntry: { condition: skip(stage.skippedWhen, context.digest) } }),
    ...(stage.window && { beforeEntry: { condition: enterWithin(stage.window) } }),
  };
}

function skip({ rule, variable, equals }: NonNullable<Stage["skippedWhen"]>, digest: string) {
  return {
    result: "SKIP",
    rule: [
      {
        name: rule,
        ruleTypeId: { category: "Rule", owner: "AWS", provider: "VariableCheck", version: "1" },
        // The stage is entered when this holds.
        configuration: {
          Variable: variable,
          Operator: "NE",
          Value: equals.kind === "text" ? equals.text : digest,
        },
      },
    ],
  };
}

function actionConfiguration(
  action: Action,
  { settings, names, source, approvalTopic }: StageContext,
): CodepipelineStageAction {
  switch (action.kind) {
    case "source":
      return source.action(action.name, action.output);
    case "approval":
      return {
        name: action.name,
        category: "Approval",
        owner: "AWS",
        provider: "Manual",
        version: "1",
        configuration: {
          ...(approvalTopic !== undefined && { NotificationArn: approvalTopic }),
          CustomData: action.message,
          ExternalEntityLink: `https://github.com/${settings.pipeline_githubOwner}/${settings.pipeline_githubRepo}/${action.link}`,
        },
        timeoutInMinutes: settings.pipeline_approval_timeout,
      };
    case "release":
      return {
        name: action.name,
        category: "Deploy",
        owner: "AWS",
        provider: "Lambda",
        version: "1",
        configuration: {
          FunctionName: names.function(releasedEnvironment, action.function),
          FunctionAlias: liveAlias,
          PublishedTargetVersion: action.version,
          DeployStrategy: settings.pipeline_rollout,
          Alarms: definitionOf(action.function)
            .releaseMetrics.map((metric) => names.releaseAlarm(action.function, metric))
            .join(","),
        },
      };
    case "build":
      return {
        name: action.name,
        namespace: action.name,
        category: "Build",
        owner: "AWS",
        provider: "CodeBuild",
        version: "1",
        inputArtifacts: [...action.inputs],
        outputArtifacts: action.output ? [action.output] : [],
        configuration: {
          ProjectName: names.project(action.name),
          // CodePipeline asks for it only where there is a choice.
          ...(action.inputs.length > 1 && { PrimarySource: action.inputs[0] }),
          ...(action.environment && {
            EnvironmentVariables: JSON.stringify(
              Object.entries(action.environment).map(([name, value]) => ({
                name,
                value,
                type: "PLAINTEXT",
              })),
            ),
          }),
        },
      };
  }
}

function enterWithin({ cron, timeZone }: DeploymentWindow) {
  return {
    result: "FAIL",
    rule: [
      {
        name: "deployment-window",
        ruleTypeId: { category: "Rule", owner: "AWS", provider: "DeploymentWindow", version: "1" },
        configuration: { Cron: cron, TimeZone: timeZone },
      },
    ],
  };
}
