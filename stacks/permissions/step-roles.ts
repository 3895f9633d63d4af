import { allow, trust, type Statement, type TrustStatement } from "../constructs/policy";
import { stackIds, type Environment } from "../names";
import type { StepName } from "../pipeline-steps";
import type { Arns } from "./arns";
import {
  manageAlarms,
  manageApis,
  manageBucket,
  manageFunctions,
  manageLogs,
  managePipeline,
  manageProjects,
  manageRoles,
  manageTopic,
  ownState,
  passRole,
} from "./terraform";

/** CodeBuild may take a step's role. */
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

/** What a step may do: what every step does, and what its own work takes. */
export function stepRights(arns: Arns, step: StepName): Statement[] {
  return [...everyStep(arns, step), ...ownRights[step](arns)];
}

const ownRights: Record<StepName, (arns: Arns) => Statement[]> = {
  // Runs the repository's code with all its dependencies: nothing that could change anything deployed.
  UnitTest: writeArtifact,
  DeployOnDev: (arns) => deployService(arns, "dev"),
  IntegrationTest: (arns) => testService(arns, "dev"),
  DeployOnProd: (arns) => deployService(arns, "prod"),
  SelfUpdate: deployPipeline,
};

/** Reads the settings and the artifacts, writes its own log. */
function everyStep(arns: Arns, step: StepName): Statement[] {
  const { names } = arns;
  return [
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      arns.logStreams(names.buildLogGroup(step)),
      "The build writes the streams of its own log.",
    ),
    allow(
      ["s3:GetObject", "s3:GetObjectVersion"],
      `${arns.bucket(names.artifactBucket)}/*`,
      "Which objects a run will use is not known beforehand: CodePipeline makes up their names.",
    ),
    allow("ssm:GetParameters", arns.parameters, "The build gets every setting as a variable."),
  ];
}

/** Writes what later steps deploy. A step without an output may not: it could change what was tested. */
function writeArtifact(arns: Arns): Statement[] {
  return [
    allow(
      "s3:PutObject",
      `${arns.bucket(arns.names.artifactBucket)}/*`,
      "The step's output. CodePipeline makes up its name.",
    ),
  ];
}

/** Deploys one environment's service stack, and nothing whose name is not that environment's. */
function deployService(arns: Arns, environment: Environment): Statement[] {
  const { names } = arns;
  const service = names.service(environment);
  const roles = arns.role(`${service}-*`);
  return [
    ...ownState(arns, stackIds.service(environment)),
    ...manageBucket(arns, names.serviceBucket(environment)),
    ...manageFunctions(arns.functions(environment)),
    ...manageApis(arns),
    ...manageLogs(arns, `/aws/lambda/${service}-*`),
    ...manageRoles(arns, roles),
    passRole(roles, "lambda.amazonaws.com"),
  ];
}

/** Puts documents into the environment's bucket and looks at what the service made of them. */
function testService(arns: Arns, environment: Environment): Statement[] {
  const bucket = arns.bucket(arns.names.serviceBucket(environment));
  return [
    allow("s3:ListBucket", bucket, "Without it S3 answers 403 instead of 404 for what is not there yet."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${bucket}/*`,
      "The tests look at what lies in the bucket, and may put and remove objects there.",
    ),
  ];
}

/** Deploys the pipeline stack, this step's own project and role among it, but nothing of the state stack. */
function deployPipeline(arns: Arns): Statement[] {
  const { names } = arns;
  return [
    ...ownState(arns, stackIds.pipeline),
    ...manageBucket(arns, names.artifactBucket),
    ...managePipeline(arns),
    ...manageProjects(arns),
    ...manageLogs(arns, names.buildLogGroup("*")),
    ...manageAlarms(arns),
    ...manageTopic(arns),
    // Those of the steps, also of a step that is yet to come, and the pipeline's own.
    ...manageRoles(arns, arns.role(`${names.pipelineRole}*`)),
    passRole(arns.role(names.stepRole("*")), "codebuild.amazonaws.com"),
    passRole(arns.role(names.pipelineRole), "codepipeline.amazonaws.com"),
    allow(
      ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      arns.secret,
      "Source1 and the webhook need the GitHub token; AWS puts six characters behind the secret's name.",
    ),
    allow(
      ["codepipeline:GetPipelineExecution", "codepipeline:StartPipelineExecution"],
      arns.pipeline,
      "Updating the pipeline ends the run that does it: the last command starts another.",
    ),
  ];
}
