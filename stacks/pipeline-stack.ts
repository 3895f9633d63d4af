import type { CodebuildProject } from "@cdktf/provider-aws/lib/codebuild-project";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { dependable, TerraformOutput, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { asEnvironment, secretName, type SettingName, type Settings } from "../settings";
import {
  approvalNotifications,
  bootstrapLevelName,
  commitStatusFunction,
  neededLevel,
  scheduledDrift,
} from "./bootstrap-level";
import { commitStatuses } from "./commit-statuses";
import { acceptFindings } from "./constructs/accepted-findings";
import { Account } from "./constructs/account";
import { BuildStep } from "./constructs/build-step";
import { ConnectionSource } from "./constructs/connection-source";
import { DeliveryPipeline } from "./constructs/delivery-pipeline";
import { FailureAlarm } from "./constructs/failure-alarm";
import { GitHubSource } from "./constructs/github-source";
import { keptLogGroup } from "./constructs/kept-log-group";
import { PrivateBucket } from "./constructs/private-bucket";
import { useRemoteState } from "./constructs/remote-state";
import { ServiceRole } from "./constructs/service-role";
import { driftRule } from "./drift";
import { failedExecutionRule, failureTopic } from "./failures";
import { deploysTag, isBranchPipeline, namesOf, stackIds, type Names } from "./names";
import { Arns } from "./iam/arns";
import { artifactDays } from "./pipeline/artifact-days";
import { withExports } from "./pipeline/buildspec";
import { literal, type Pinned } from "./pipeline/pinned";
import { pipelinePermissions, pipelineTrust } from "./iam/pipeline-role";
import { stepPermissions, stepTrust } from "./iam/step-roles";
import { checkStages } from "./pipeline/rules";
import { scheduledBuilds } from "./pipeline/scheduled-builds";
import { stageConfiguration } from "./pipeline/stage-configuration";
import { buildActions, stages, type Build } from "./pipeline/stages";

export interface PipelineStackProps {
  readonly settings: Settings;
  /** The settings that have a parameter in SSM, from which the builds get them. */
  readonly storedSettings: readonly SettingName[];
  /** The bootstrap level of the account: what needs a higher one is left out. */
  readonly bootstrapped: number;
  /** What the privileged steps run. */
  readonly pinned: Pinned;
  /** The digest of this stack's definition, by which a run knows whether SelfUpdate has anything to do. */
  readonly digest: string;
}

/** The pipeline: assembled from `pipeline/stages.ts`, with nothing decided here. */
export class PipelineStack extends TerraformStack {
  private readonly names: Names;
  private readonly arns: Arns;

  constructor(
    scope: Construct,
    private readonly props: PipelineStackProps,
  ) {
    super(scope, stackIds.pipeline);
    const { settings, digest } = props;
    this.names = namesOf(settings);
    useRemoteState(this, { bucket: this.names.stateBucket, key: this.names.stateKey(stackIds.pipeline) });
    new AwsProvider(this, "aws");
    this.arns = new Arns(new Account(this), this.names);
    const source = this.connectionSource() ?? this.gitHubSource();

    const parts = stages({
      environment: settings.pipeline_environment,
      manualApproval: settings.pipeline_manual_approval !== false,
      selfUpdateFirst: settings.pipeline_self_update === "after-unit-test",
      deploymentWindow: settings.pipeline_deployment_window,
    });
    checkStages(parts);
    const steps = buildActions(parts);
    const { bucket } = new PrivateBucket(this, "artifacts", {
      bucketName: this.names.artifactBucket,
      preventDestroy: false,
      emptyOnDestroy: isBranchPipeline(settings),
      expireAfterDays: artifactDays(parts, settings.pipeline_approval_timeout),
      expireOldVersionsAfterDays: 1,
    });
    // A branch's pipeline notifies the topic of the one that delivers to production.
    const topic = isBranchPipeline(settings) ? undefined : failureTopic(this, this.arns);
    const topicArn = topic?.arn ?? this.arns.failureTopic;
    const roles = Object.fromEntries(steps.map((step) => [step.name, this.build(step, topicArn).role]));
    const { pipeline_alarm_email: email } = settings;
    if (email !== undefined) topic?.sendTo(email, roles.SelfUpdate);
    const role = new ServiceRole(this, "pipeline-role", {
      roleName: this.names.pipelineRole,
      description: "Moves artifacts and traffic, and starts builds",
      trust: pipelineTrust,
      statements: pipelinePermissions(
        this.arns,
        steps.map((step) => step.name),
        this.notifiesOfApprovals,
      ),
      permissionsBoundary: this.arns.boundary,
    });
    if (!isBranchPipeline(settings)) {
      // Created here and not by CodePipeline at the first release, which would keep the log forever.
      keptLogGroup(this, "release-log", this.names.releaseLogGroup);
    }
    failedExecutionRule(this, this.arns, topicArn, {
      deployedBy: roles.SelfUpdate,
      windowed: parts.find(({ window }) => window)?.name,
    });
    // The allow list of an earlier pipeline refuses a function.
    if (this.names.setsCommitStatuses && props.bootstrapped >= commitStatusFunction) {
      commitStatuses(this, this.arns, {
        settings,
        stages: parts,
        pinned: props.pinned,
        topicArn,
        deployedBy: roles.SelfUpdate,
      });
    }
    // The allow list of an earlier pipeline refuses a schedule: it comes with the bootstrap that replaces the list.
    for (const build of props.bootstrapped < scheduledDrift ? [] : scheduledBuilds(settings)) {
      const { project } = this.build(build, topicArn);
      const deployedBy = roles.SelfUpdate;
      driftRule(this, this.arns, { schedule: build.schedule, project, topicArn, deployedBy });
    }
    const others = this.node.findAll().filter((one) => TerraformResource.isTerraformResource(one));
    const context = {
      settings,
      names: this.names,
      source,
      digest,
      approvalTopic: this.notifiesOfApprovals ? this.arns.approvalTopic : undefined,
    };
    const { pipeline } = new DeliveryPipeline(this, "delivery", {
      pipelineName: this.names.pipeline,
      roleArn: role.arn,
      artifactBucket: bucket.id,
      stages: parts.map((stage) => stageConfiguration(stage, context)),
      trigger: source instanceof ConnectionSource ? source.trigger("Source1") : undefined,
    });
    // Updated last: it carries the digest by which SelfUpdate is skipped. When anything before it fails,
    // the digest is still the old one, and the next run tries again.
    pipeline.dependsOn = others.map((other) => dependable(other));
    if (source instanceof GitHubSource) source.addPushWebhook(this.names.webhook, pipeline.name, "Source1");
    new TerraformOutput(this, "pipeline", { value: pipeline.name });
    new TerraformOutput(this, "digest", { value: digest });
    new TerraformOutput(this, "bootstrap_level", { value: neededLevel(props.bootstrapped) });
  }

  private get notifiesOfApprovals(): boolean {
    return this.props.bootstrapped >= approvalNotifications;
  }

  private connectionSource(): ConnectionSource | undefined {
    const { connection: connectionName } = this.names;
    if (connectionName === undefined) return undefined;
    const ignorePaths = this.props.settings.pipeline_ignore_paths;
    return new ConnectionSource(this, "source", { ...this.repository(), connectionName, ignorePaths });
  }

  private gitHubSource(): GitHubSource {
    return new GitHubSource(this, "source", { ...this.repository(), secretName });
  }

  private repository() {
    const { settings } = this.props;
    return {
      owner: settings.pipeline_githubOwner,
      repository: settings.pipeline_githubRepo,
      branch: settings.pipeline_githubBranch,
    };
  }

  /** Creates a build's project, and its role unless all builds share an existing one. */
  private build(step: Build, topicArn: string): { project: CodebuildProject; role: ServiceRole | undefined } {
    const { settings, storedSettings, pinned } = this.props;
    const projectName = this.names.project(step.name);
    const shared = settings.codebuild_role_arn;
    const role = shared === undefined ? this.stepRole(step) : undefined;
    const { project } = new BuildStep(this, step.name, {
      projectName,
      description: `${step.name} of ${this.names.pipeline}`,
      logGroupName: this.names.buildLogGroup(step.name),
      serviceRoleArn: role?.arn ?? shared!,
      image: settings.pipeline_image,
      hasArtifacts: step.inputs.length > 0,
      ...(step.privileged
        ? {
            buildspec: literal(withExports(pinned.buildspec(step.buildspec), step.exports ?? [])),
            programs: `s3://${this.names.stateBucket}/${this.names.programs(pinned.programs)}`,
          }
        : { buildspec: step.buildspec }),
      deploys: step.deploys,
      tags: step.deploys === undefined ? undefined : { [deploysTag]: step.deploys },
      timeoutMinutes: step.timeoutMinutes,
      parameters: Object.fromEntries(
        [...storedSettings.filter((name) => asEnvironment(settings)[name] !== ""), bootstrapLevelName].map(
          (name) => [name, this.names.parameter(name)],
        ),
      ),
    });
    new FailureAlarm(this, `${step.name}-alarm`, {
      alarmName: this.names.alarm(step.name),
      projectName,
      topicArn,
    });
    return { project, role };
  }

  private stepRole(step: Build): ServiceRole {
    const role = new ServiceRole(this, `${step.name}-role`, {
      roleName: this.names.stepRole(step.name),
      description: `What ${step.name} may do`,
      trust: stepTrust(this.arns, step.name),
      statements: stepPermissions(this.arns, step),
      permissionsBoundary: this.arns.boundary,
    });
    if (step.name === "SelfUpdate" || step.name === "CheckDrift") {
      acceptFindings(role.policy, {
        CKV_AWS_355: "Lists webhooks and reads subscriptions: AWS does not document a resource for either.",
      });
    }
    return role;
  }
}
