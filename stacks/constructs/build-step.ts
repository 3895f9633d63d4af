import { CodebuildProject } from "@cdktf/provider-aws/lib/codebuild-project";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import { keptLogGroup } from "./kept-log-group";

export interface BuildStepProps {
  readonly projectName: string;
  readonly description: string;
  readonly logGroupName: string;
  readonly serviceRoleArn: string;
  /** A CodeBuild image with Node.js 20 or later. */
  readonly image: string;
  /** Whether the pipeline starts it, with artifacts; otherwise it has none. */
  readonly hasArtifacts: boolean;
  /** The text of the buildspec, or its path in the build's source. */
  readonly buildspec: string;
  /** Where a privileged step gets its programs from, as the variable `PROGRAMS`: `s3://…/<SHA-256>.zip`. */
  readonly programs?: string;
  readonly timeoutMinutes: number;
  /** The stack that it deploys: the variable `STACK`. */
  readonly deploys?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Variables that are read from SSM when a build starts: the variable's name and the parameter's. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Tools in a build send no usage data, do not look for newer versions, and are not interactive. */
const QUIET = {
  // Terraform, its providers and cdktf: https://developer.hashicorp.com/terraform/cli/config/environment-variables
  CHECKPOINT_DISABLE: "1",
  DISABLE_VERSION_CHECK: "true",
  CI: "true",
};

/** A CodeBuild project that runs one step of the pipeline or one scheduled build, with a log of its own. */
export class BuildStep extends Construct {
  readonly project: CodebuildProject;

  constructor(scope: Construct, id: string, props: BuildStepProps) {
    super(scope, id);
    const log = keptLogGroup(this, "log", props.logGroupName);
    this.project = new CodebuildProject(this, "project", {
      name: props.projectName,
      description: props.description,
      serviceRole: props.serviceRoleArn,
      buildTimeout: props.timeoutMinutes,
      tags: props.tags,
      source: { type: props.hasArtifacts ? "CODEPIPELINE" : "NO_SOURCE", buildspec: props.buildspec },
      artifacts: { type: props.hasArtifacts ? "CODEPIPELINE" : "NO_ARTIFACTS" },
      environment: {
        type: "LINUX_CONTAINER",
        computeType: "BUILD_GENERAL1_SMALL",
        image: props.image,
        environmentVariable: [
          ...Object.entries({
            ...QUIET,
            ...(props.programs !== undefined && { PROGRAMS: props.programs }),
            ...(props.deploys !== undefined && { STACK: props.deploys }),
          }).map(([name, value]) => ({ name, value })),
          ...Object.entries(props.parameters).map(([name, value]) => ({
            name,
            type: "PARAMETER_STORE",
            value,
          })),
        ],
      },
      logsConfig: { cloudwatchLogs: { groupName: log.name } },
    });
    acceptFindings(this.project, {
      CKV_AWS_147: "The pipeline decides how its artifacts are encrypted, and a project has no others.",
    });
  }
}
