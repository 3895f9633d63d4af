import { allow, deny, trust, type Statement, type TrustStatement } from "../constructs/policy";
import { releasedEnvironment, stackIds, type Environment } from "../names";
import type { Build, StepName } from "../pipeline/stages";
import type { Arns } from "./arns";
import { checkDrift } from "./check-drift";
import { manageCommitStatuses } from "./commit-statuses";
import { testApi, verifyApi } from "./service-callers";
import { replaceBoundary, manageLogs, manageRoles, ownState, passRole } from "./terraform";
import {
  manageAlarms,
  manageArtifactBucket,
  managePipeline,
  manageProjects,
  keepTopic,
} from "./terraform-pipeline";
import {
  deliverAccessLog,
  manageApis,
  manageDeadLetterQueue,
  manageFunctions,
  manageServiceAlarms,
  manageServiceBucket,
  planService,
  serviceLogs,
} from "./terraform-service";

/** CodeBuild is allowed to assume a step's role. */
export function stepTrust(arns: Arns, step: StepName): TrustStatement[] {
  return [
    {
      ...trust("codebuild.amazonaws.com", "For that step's project only."),
      Condition: {
        StringEquals: { "aws:SourceAccount": arns.at.accountId },
        ArnEquals: { "aws:SourceArn": arns.project(step) },
      },
    },
  ];
}

/** The permissions of a step: those of every step, and its own. */
export function stepPermissions(arns: Arns, step: Build): Statement[] {
  return [...everyStep(arns, step), ...ownPermissions[step.name](arns)];
}

const ownPermissions: Record<StepName, (arns: Arns) => Statement[]> = {
  // Runs the repository's code with all its dependencies: nothing that could change anything deployed.
  UnitTest: () => [],
  CheckBuild: checkBuild,
  DeployOnDev: (arns) => deployService(arns, "dev"),
  DeployOnStage: (arns) => deployService(arns, "stage"),
  // The first environment is the tested one.
  IntegrationTest: (arns) => testService(arns, arns.names.environments[0]!),
  PlanOnProd: (arns) => [...planService(arns, "prod"), readExecutions(arns)],
  DeployOnProd: (arns) => [
    ...deployService(arns, "prod"),
    ...verifyProvenance(arns),
    ...prepareRelease(arns),
  ],
  VerifyProd: (arns) => [...rollBackRelease(arns), ...verifyApi(arns)],
  SelfUpdate: deployPipeline,
  CheckDrift: checkDrift,
};

/** The permissions that every step has: its settings, its artifacts and its own log. */
function everyStep(arns: Arns, { name, inputs, output, privileged }: Build): Statement[] {
  return [
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      arns.logStreams(arns.names.buildLogGroup(name)),
      "The build writes the streams of its own log.",
    ),
    ...(inputs.length === 0
      ? []
      : [
          allow(
            ["s3:GetObject", "s3:GetObjectVersion"],
            inputs.map((input) => arns.artifact(input)),
            "The step's input. CodePipeline generates the name of each object, in a folder with the artifact's name.",
          ),
        ]),
    // No step is allowed to write another's artifact: it could change what was tested or read.
    ...(output === undefined
      ? []
      : [
          allow(
            "s3:PutObject",
            arns.artifact(output),
            "The step's output. CodePipeline generates the name of each object, in a folder with the artifact's name.",
          ),
        ]),
    ...(privileged
      ? [
          allow(
            "s3:GetObject",
            arns.programs,
            "The programs that the deployed pipeline pins by their digest.",
          ),
        ]
      : []),
    allow("ssm:GetParameters", arns.parameters, "The build gets every setting as a variable."),
  ];
}

/** The permissions to check a commit's artifact. */
function checkBuild(arns: Arns): Statement[] {
  return [
    ...readRoles(arns),
    allow(
      ["codepipeline:ListActionExecutions", "codepipeline:GetPipelineExecution"],
      arns.pipeline,
      "The digest that UnitTest of the same execution exported, the execution's source, and the commit's message.",
    ),
    allow(
      "s3:PutObject",
      arns.provenance,
      "How the commit was built, and its packages. No other step writes it.",
    ),
    allow("s3:GetObject", arns.pipelineDefinition, "The definition of the deployed pipeline."),
  ];
}

/** The permissions to compare a commit's permissions with the deployed ones. */
function readRoles(arns: Arns): Statement[] {
  const roles = [
    arns.names.pipelineRole,
    ...arns.names.environments.map((environment) => `${arns.names.service(environment)}-`),
  ];
  return [
    allow(
      ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"],
      roles.map((name) => arns.role(`${name}*`)),
      "Checks whether the commit adds a role, or a permission to the role of the pipeline, a step or a function.",
    ),
  ];
}

/** The permissions to deploy one environment's service stack, limited to that environment's names. */
function deployService(arns: Arns, environment: Environment): Statement[] {
  const { names } = arns;
  const service = names.service(environment);
  const roles = arns.role(`${service}-*`);
  return [
    ...ownState(arns, stackIds.service(environment)),
    ...manageServiceBucket(arns, environment),
    ...manageFunctions(arns.functions(environment)),
    ...manageApis(arns, environment),
    ...manageLogs(arns, ...serviceLogs(arns, environment)),
    deliverAccessLog(),
    ...manageDeadLetterQueue(arns, environment),
    ...manageServiceAlarms(arns, environment),
    ...manageRoles(roles, arns.functionBoundary(environment)),
    replaceBoundary(roles, arns.functionBoundary(environment)),
    passRole(roles, "lambda.amazonaws.com"),
  ];
}

/** The permission to find out since when a change waits. */
function readExecutions(arns: Arns): Statement {
  return allow(
    "codepipeline:ListPipelineExecutions",
    arns.pipeline,
    "Shows the reviewer since when a change waits for its delivery.",
  );
}

/** The permissions to verify how the build was made, and to record that it was deployed. */
function verifyProvenance(arns: Arns): Statement[] {
  return [
    allow("s3:GetObject", arns.provenance, "Reads how the commit was built."),
    allow(
      "s3:PutObject",
      arns.deployments,
      "Records that it was deployed to production. No other step writes it.",
    ),
  ];
}

/** The permissions to smoke-test a new version of a function before the pipeline shifts traffic to it. */
function prepareRelease(arns: Arns): Statement[] {
  return [
    allow(
      "lambda:InvokeFunction",
      arns.functions(releasedEnvironment),
      "Smoke-tests a new version before it gets traffic; its number is not known beforehand.",
    ),
    allow(
      "codepipeline:GetPipelineState",
      arns.pipeline,
      "Checks whether an alias is split by a rollout in progress, or by one that was interrupted.",
    ),
  ];
}

/** The permissions to return functions to their previous versions; production itself is verified over HTTP. */
function rollBackRelease(arns: Arns): Statement[] {
  return [
    allow(
      ["lambda:GetAlias", "lambda:UpdateAlias"],
      arns.functions(releasedEnvironment),
      "Returns the functions that a run released to their previous versions if production does not work.",
    ),
    allow(
      "codepipeline:GetPipelineState",
      arns.pipeline,
      "Checks whether a later run is shifting traffic, which a rollback would disturb.",
    ),
  ];
}

/** The permissions to call the environment's API, and to check that an uploaded document is in its bucket. */
function testService(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow(
      "s3:GetObject",
      `${bucket}/documents/*`,
      "The tests check that an uploaded document is in the bucket.",
    ),
    ...testApi(arns, environment),
  ];
}

/** The permissions to deploy the pipeline stack, including this step's own project and role, but not the state stack. */
function deployPipeline(arns: Arns): Statement[] {
  const { names } = arns;
  return [
    ...ownState(arns, stackIds.pipeline),
    ...manageArtifactBucket(arns),
    ...managePipeline(arns),
    ...manageProjects(arns),
    ...manageLogs(arns, names.buildLogGroup("*"), ...(names.isBranchPipeline ? [] : [names.releaseLogGroup])),
    ...manageAlarms(arns),
    // A branch pipeline only publishes to it.
    ...(names.isBranchPipeline ? [] : keepTopic(arns)),
    // The roles of the steps, including future ones, and the pipeline's own.
    ...manageRoles(arns.role(`${names.pipelineRole}*`), arns.boundary),
    deny(
      ["iam:DeleteRole", "iam:DeleteRolePolicy"],
      arns.role(names.stepRole("SelfUpdate")),
      "Not the build's own role: without it, the build could neither continue nor write its state. The operator can delete it, with bootstrap.",
    ),
    allow(
      ["s3:GetObject", "s3:PutObject"],
      [arns.programs, arns.pipelineDefinition],
      "Stores the programs that the new definition pins, and the definition once it is deployed.",
    ),
    passRole(arns.role(names.stepRole("*")), "codebuild.amazonaws.com"),
    passRole(arns.role(names.pipelineRole), "codepipeline.amazonaws.com"),
    passRole(arns.role(names.failedExecutionRole), "events.amazonaws.com"),
    ...(names.isBranchPipeline ? [] : [passRole(arns.role(names.driftRule), "events.amazonaws.com")]),
    ...manageCommitStatuses(arns),
    allow(
      ["codepipeline:GetPipelineExecution", "codepipeline:StartPipelineExecution"],
      arns.pipeline,
      "Updating the pipeline stops the execution that does it: the last command starts another.",
    ),
  ];
}
