import {
  CodeBuildClient,
  CreateProjectCommand,
  DeleteProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
  UpdateProjectCommand,
} from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  DeletePipelineCommand,
  DeleteWebhookCommand,
  DisableStageTransitionCommand,
  GetPipelineCommand,
  PutApprovalResultCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { type Attempt, attempt, type Config, noRole, of, role } from "./attempt";

const SELF_UPDATE = ["pipeline-SelfUpdate"];

const codepipeline = (config: Config) => new CodePipelineClient(config);
const pipelineName = "hw-pipeline";
const pipelineExecutionId = "00000000-0000-0000-0000-000000000000";
const arn = of("codepipeline", pipelineName);
const stage = (name: string) => `${arn}/${name}`;

export const pipeline: readonly Attempt[] = [
  attempt(
    "approve",
    ["codepipeline:PutApprovalResult", `${stage("ManualApproval")}/ManualApproval`],
    noRole,
    (to) =>
      codepipeline(to).send(
        new PutApprovalResultCommand({
          pipelineName,
          stageName: "ManualApproval",
          actionName: "ManualApproval",
          token: "00000000-0000-0000-0000-000000000000",
          result: { status: "Approved", summary: "mine" },
        }),
      ),
  ),
  attempt(
    "confirm added permissions",
    ["codepipeline:PutApprovalResult", `${stage("ConfirmPermissions")}/ConfirmPermissions`],
    noRole,
    (to) =>
      codepipeline(to).send(
        new PutApprovalResultCommand({
          pipelineName,
          stageName: "ConfirmPermissions",
          actionName: "ConfirmPermissions",
          token: "00000000-0000-0000-0000-000000000000",
          result: { status: "Approved", summary: "mine" },
        }),
      ),
  ),
  ...["ConfirmPermissions", "SelfUpdate"].map((name) =>
    attempt(
      `override the condition of ${name}`,
      ["codepipeline:OverrideStageCondition", stage(name)],
      noRole,
    ),
  ),
  attempt("close a stage", ["codepipeline:DisableStageTransition", stage("DeployOnProd")], noRole, (to) =>
    codepipeline(to).send(
      new DisableStageTransitionCommand({
        pipelineName,
        stageName: "DeployOnProd",
        transitionType: "Inbound",
        reason: "mine",
      }),
    ),
  ),
  attempt("retry a stage", ["codepipeline:RetryStageExecution", stage("DeployOnProd")], noRole, (to) =>
    codepipeline(to).send(
      new RetryStageExecutionCommand({
        pipelineName,
        stageName: "DeployOnProd",
        pipelineExecutionId,
        retryMode: "FAILED_ACTIONS",
      }),
    ),
  ),
  attempt("stop an execution", ["codepipeline:StopPipelineExecution", arn], noRole, (to) =>
    codepipeline(to).send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId })),
  ),
  attempt("start an execution", ["codepipeline:StartPipelineExecution", arn], SELF_UPDATE, (to) =>
    codepipeline(to).send(new StartPipelineExecutionCommand({ name: pipelineName })),
  ),
  attempt("change the pipeline", ["codepipeline:UpdatePipeline", arn], SELF_UPDATE),
  attempt(
    "read the pipeline",
    ["codepipeline:GetPipeline", arn],
    ["pipeline-SelfUpdate", "pipeline-CheckDrift", "diff"],
    (to) => codepipeline(to).send(new GetPipelineCommand({ name: pipelineName })),
  ),
  attempt(
    "read a pipeline of others",
    ["codepipeline:GetPipeline", of("codepipeline", "other")],
    noRole,
    (to) => codepipeline(to).send(new GetPipelineCommand({ name: "other" })),
  ),
  attempt("remove the pipeline", ["codepipeline:DeletePipeline", arn], noRole, (to) =>
    codepipeline(to).send(new DeletePipelineCommand({ name: pipelineName })),
  ),
  attempt(
    "remove the webhook",
    ["codepipeline:DeleteWebhook", of("codepipeline", "webhook:hw-push")],
    noRole,
    (to) => codepipeline(to).send(new DeleteWebhookCommand({ name: "hw-push" })),
  ),
];

const codebuild = (config: Config) => new CodeBuildClient(config);
const project = (name: string) => of("codebuild", `project/${name}`);
const source = { type: "CODEPIPELINE", buildspec: "version: 0.2" } as const;

export const builds: readonly Attempt[] = [
  ...["hw-UnitTest", "hw-DeployOnProd", "hw-SelfUpdate"].flatMap((name) => [
    attempt(`start a build of ${name}`, ["codebuild:StartBuild", project(name)], ["pipeline"], (to) =>
      codebuild(to).send(new StartBuildCommand({ projectName: name })),
    ),
    attempt(`stop a build of ${name}`, ["codebuild:StopBuild", project(name)], ["pipeline"], (to) =>
      codebuild(to).send(new StopBuildCommand({ id: `${name}:${pipelineExecutionId}` })),
    ),
    attempt(`change what ${name} runs`, ["codebuild:UpdateProject", project(name)], SELF_UPDATE, (to) =>
      codebuild(to).send(new UpdateProjectCommand({ name, source })),
    ),
    attempt(`remove the project ${name}`, ["codebuild:DeleteProject", project(name)], SELF_UPDATE, (to) =>
      codebuild(to).send(new DeleteProjectCommand({ name })),
    ),
  ]),
  attempt("start a build of others", ["codebuild:StartBuild", project("other")], noRole, (to) =>
    codebuild(to).send(new StartBuildCommand({ projectName: "other" })),
  ),
  attempt("make a project of another name", ["codebuild:CreateProject", project("mine")], noRole, (to) =>
    codebuild(to).send(
      new CreateProjectCommand({
        name: "mine",
        source,
        artifacts: { type: "CODEPIPELINE" },
        environment: { type: "LINUX_CONTAINER", image: "mine", computeType: "BUILD_GENERAL1_SMALL" },
        serviceRole: role("hw-pipeline-SelfUpdate"),
      }),
    ),
  ),
  // SelfUpdate is allowed to change the project, but not to pass this role.
  attempt(
    "have UnitTest run with the role for pull requests",
    ["iam:PassRole", role("hw-diff"), { "iam:PassedToService": "codebuild.amazonaws.com" }],
    noRole,
    (to) =>
      codebuild(to).send(new UpdateProjectCommand({ name: "hw-UnitTest", serviceRole: role("hw-diff") })),
  ),
];
