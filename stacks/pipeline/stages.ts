/**
 * The pipeline as data: the stages in order, each with its actions in order. Projects, roles, log groups and alarms
 * follow from it. "Add a step" in CONTRIBUTING.md lists the other files that a step needs.
 */
import type { Settings } from "../../settings";
import { functionNames, releaseStage, releaseVariables, type ServiceFunction } from "../functions";
import { approvalStage, stackIds } from "../names";

/** Fetches the commit from GitHub. */
export interface SourceAction {
  readonly kind: "source";
  readonly name: string;
  readonly output: Artifact;
}

/** Waits for a reviewer. */
export interface ApprovalAction {
  readonly kind: "approval";
  readonly name: string;
  /** What the reviewer reads. `#{…}` is a variable of an earlier action. */
  readonly message: string;
  /** What the reviewer can look at: a path in the repository's pages on GitHub. `#{…}` is a variable as above. */
  readonly link: string;
}

/** A CodeBuild project of the same name, with a role, a log group and an alarm of its own. */
export interface Build {
  readonly name: StepName;
  /** The path of its buildspec. */
  readonly buildspec: string;
  /**
   * Whether its role is allowed to change or to judge what is deployed. Then its buildspec is part of its project, and
   * it runs programs that were deployed with the pipeline: the commit is data. Otherwise its buildspec is read from the
   * first input artifact, so that the next push repairs a broken one.
   */
  readonly privileged: boolean;
  /** The artifacts that it reads: it starts in the first; the others are in `$CODEBUILD_SRC_DIR_<name>`. */
  readonly inputs: readonly Artifact[];
  readonly output?: Artifact;
  /** The variables that it exports in addition to those that its buildspec lists. */
  readonly exports?: readonly string[];
  /** The stack that it deploys and whose state it locks: the variable STACK of its builds, and a tag of its project. */
  readonly deploys?: string;
  /** Minutes after which CodeBuild stops the build. */
  readonly timeoutMinutes: number;
}

/** Runs a build as a step of the pipeline. */
export interface BuildAction extends Build {
  readonly kind: "build";
  readonly inputs: readonly [Artifact, ...Artifact[]];
  /** The variables that the build gets in addition to the settings. `#{…}` is a variable of an earlier action. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Shifts production's traffic to a new version of a function, and back if an alarm fires in the meantime. */
export interface ReleaseAction {
  readonly kind: "release";
  readonly name: string;
  readonly function: ServiceFunction;
  /** `#{…}` is a variable of an earlier action. */
  readonly version: string;
}

export type Action = SourceAction | ApprovalAction | BuildAction | ReleaseAction;
export type Artifact = "Source" | "Build" | "Plan";
export type StepName =
  | "UnitTest"
  | "CheckBuild"
  | "DeployOnDev"
  | "DeployOnStage"
  | "IntegrationTest"
  | "PlanOnProd"
  | "DeployOnProd"
  | "VerifyProd"
  | "SelfUpdate"
  | "CheckDrift";

export interface Stage {
  readonly name: string;
  /** One after the other. */
  readonly actions: readonly Action[];
  /** The stage is skipped, without a build, if this variable has this value. */
  readonly skippedWhen?: { readonly rule: string; readonly variable: string; readonly equals: Compared };
  /** The stage can be entered at these times only. An execution that arrives at another time fails. */
  readonly window?: DeploymentWindow;
}

export type DeploymentWindow = NonNullable<Settings["pipeline_deployment_window"]>;

/** What a condition compares a variable with: a text, or the digest of the deployed pipeline's definition. */
export type Compared = { readonly kind: "text"; readonly text: string } | { readonly kind: "deployedDigest" };

/** What steps export if there is nothing to ask or to do. */
const NOTHING = { kind: "text", text: "none" } as const;

const source: Stage = {
  name: "Source1",
  actions: [{ kind: "source", name: "Source1", output: "Source" }],
};

/** The digest that a privileged step compares its input with. CheckBuild reads it from the history of the execution. */
const checked = { BUILD_DIGEST: "#{CheckBuild.BUILD_DIGEST}" };

// Only UnitTest runs the repository's code with all of its dependencies. Every later step uses its artifact, so that what
// was tested is what is deployed. A commit controls what UnitTest exports: CheckBuild judges the artifact itself.
const unitTest: Stage = {
  name: "UnitTest",
  actions: [
    {
      kind: "build",
      name: "UnitTest",
      buildspec: "buildspecs/unit-test.yml",
      privileged: false,
      inputs: ["Source"],
      output: "Build",
      timeoutMinutes: 30,
    },
    {
      kind: "build",
      name: "CheckBuild",
      buildspec: "buildspecs/check-build.yml",
      privileged: true,
      // The packages are read from the source: UnitTest could report others.
      inputs: ["Build", "Source"],
      // Nothing that the commit controls: CodePipeline does not escape a value in this JSON (aws-cdk#8458).
      environment: { PIPELINE_EXECUTION_ID: "#{codepipeline.PipelineExecutionId}" },
      timeoutMinutes: 15,
    },
  ],
};

// A reviewer approves additional permissions of a role before they are deployed. Most commits have none.
const confirmPermissions: Stage = {
  name: "ConfirmPermissions",
  skippedWhen: { rule: "permissions-added", variable: "#{CheckBuild.ADDED_PERMISSIONS}", equals: NOTHING },
  actions: [
    {
      kind: "approval",
      name: "ConfirmPermissions",
      message: "Added permissions: #{CheckBuild.ADDED_PERMISSIONS}",
      link: "commit/#{Source1.CommitId}",
    },
  ],
};

const deployOnDev = deployForTest("DeployOnDev", "dev");
const deployOnStage = deployForTest("DeployOnStage", "stage");

/** Deploys an environment, for IntegrationTest to test. */
function deployForTest(name: StepName, environment: string): BuildAction {
  return {
    kind: "build",
    name,
    buildspec: "buildspecs/deploy-for-test.yml",
    privileged: true,
    inputs: ["Build"],
    environment: { ...checked, COMMIT: "#{CheckBuild.COMMIT}" },
    deploys: stackIds.service(environment),
    timeoutMinutes: 30,
  };
}

/** Deploys an environment and tests it. */
function integrationTest(deploy: BuildAction): Stage {
  return {
    name: "IntegrationTest",
    actions: [
      deploy,
      {
        kind: "build",
        name: "IntegrationTest",
        buildspec: "buildspecs/integration-test.yml",
        privileged: false,
        inputs: ["Build"],
        environment: { API_URL: `#{${deploy.name}.API_URL}`, BUCKET: `#{${deploy.name}.BUCKET}` },
        timeoutMinutes: 30,
      },
    ],
  };
}

// The plan that a reviewer reads, and that DeployOnProd keeps to.
const planOnProd: BuildAction = {
  kind: "build",
  name: "PlanOnProd",
  buildspec: "buildspecs/plan-on-prod.yml",
  privileged: true,
  // What production may lose is read from the source: UnitTest could allow more.
  inputs: ["Build", "Source"],
  environment: { ...checked, PIPELINE_CHANGED: "#{CheckBuild.PIPELINE_CHANGED}" },
  output: "Plan",
  timeoutMinutes: 30,
};

const approval: ApprovalAction = {
  kind: "approval",
  name: approvalStage,
  // Each part has a limit: AWS takes 1,000 characters.
  message:
    "Deploy #{Source1.CommitId} (#{CheckBuild.SUBJECT}) to production. Production: #{PlanOnProd.PLAN} Pipeline: #{CheckBuild.PIPELINE_CHANGE}. Approval is needed for #{PlanOnProd.APPROVAL_REASONS}. Waiting since #{PlanOnProd.WAITING_SINCE}. Details are in the logs of PlanOnProd and CheckBuild.",
  link: "#{PlanOnProd.COMPARISON}#{Source1.CommitId}",
};

/** What DeployOnProd reports about the functions. */
const releaseExports = functionNames
  .map(releaseVariables)
  .flatMap(({ version, release, previous }) => [version, release, previous]);

const deployOnProd: BuildAction = {
  kind: "build",
  name: "DeployOnProd",
  buildspec: "buildspecs/deploy-on-prod.yml",
  privileged: true,
  inputs: ["Build", "Plan"],
  // The digest does not pass through the bucket: the plan in it must be the one that the reviewer has read.
  environment: {
    ...checked,
    PLAN_DIGEST: "#{PlanOnProd.PLAN_DIGEST}",
    APPROVAL_REASONS: "#{PlanOnProd.APPROVAL_REASONS}",
    COMMIT: "#{CheckBuild.COMMIT}",
    PROVENANCE: "#{CheckBuild.PROVENANCE}",
  },
  exports: releaseExports,
  deploys: stackIds.service("prod"),
  timeoutMinutes: 30,
};

// A stage for each function: only stages can be skipped, and an alias cannot be shifted to the version that it has.
const releases: readonly Stage[] = functionNames.map((of) => {
  const [name, { version, release }] = [releaseStage(of), releaseVariables(of)];
  return {
    name,
    skippedWhen: { rule: "version-is-new", variable: `#{DeployOnProd.${release}}`, equals: NOTHING },
    actions: [{ kind: "release", name, function: of, version: `#{DeployOnProd.${version}}` }],
  };
});

// After all releases: a document passes through several functions.
const verifyProd: Stage = {
  name: "VerifyProd",
  actions: [
    {
      kind: "build",
      name: "VerifyProd",
      buildspec: "buildspecs/verify-prod.yml",
      privileged: true,
      // It reads none, but CodePipeline requires one.
      inputs: ["Build"],
      environment: {
        API_URL: "#{DeployOnProd.API_URL}",
        ...Object.fromEntries(releaseExports.map((name) => [name, `#{DeployOnProd.${name}}`])),
      },
      timeoutMinutes: 20,
    },
  ],
};

const selfUpdate: Stage = {
  name: "SelfUpdate",
  // An unchanged definition costs no build.
  skippedWhen: {
    rule: "definition-changed",
    variable: "#{CheckBuild.PIPELINE_DIGEST}",
    equals: { kind: "deployedDigest" },
  },
  actions: [
    {
      kind: "build",
      name: "SelfUpdate",
      buildspec: "buildspecs/self-update.yml",
      privileged: true,
      inputs: ["Build"],
      deploys: stackIds.pipeline,
      environment: { ...checked, PIPELINE_EXECUTION_ID: "#{codepipeline.PipelineExecutionId}" },
      timeoutMinutes: 30,
    },
  ],
};

// If SelfUpdate comes before production, a reviewer approves the change of the pipeline in a stage of its own. If it
// comes last, ManualApproval shows the change.
const confirmPipeline: Stage = {
  name: "ConfirmPipeline",
  skippedWhen: { rule: "definition-shown", variable: "#{CheckBuild.PIPELINE_CHANGE}", equals: NOTHING },
  actions: [
    {
      kind: "approval",
      name: "ConfirmPipeline",
      message:
        "Change the pipeline as #{Source1.CommitId} says: #{CheckBuild.PIPELINE_CHANGE}. Details are in the log of CheckBuild.",
      link: "commit/#{Source1.CommitId}",
    },
  ],
};

/** What the settings decide about the stages. */
export interface PipelineOptions {
  /** Where the pipeline ends; default: prod. A branch pipeline ends with the environment that it tests. */
  readonly environment?: Settings["pipeline_environment"];
  /** Whether a reviewer approves before production is deployed. */
  readonly manualApproval: boolean;
  /** Whether the pipeline updates itself after UnitTest and not at the end. */
  readonly selfUpdateFirst: boolean;
  /** When production can be deployed; default: always. */
  readonly deploymentWindow?: DeploymentWindow | undefined;
}

/** Returns the stages of a pipeline. */
export function stages(options: PipelineOptions): readonly Stage[] {
  return [
    source,
    unitTest,
    confirmPermissions,
    ...(options.selfUpdateFirst && options.manualApproval ? [confirmPipeline] : []),
    ...(options.selfUpdateFirst ? [selfUpdate] : []),
    integrationTest(options.environment === "stage" ? deployOnStage : deployOnDev),
    ...((options.environment ?? "prod") === "prod" ? [...production(options), ...releases, verifyProd] : []),
    ...(options.selfUpdateFirst ? [] : [selfUpdate]),
  ];
}

/**
 * Production is planned right before a reviewer reads the plan, or right before it is deployed. The plan has a stage of
 * its own, because a stage's condition is evaluated before its first action.
 */
function production({ manualApproval, deploymentWindow }: PipelineOptions): Stage[] {
  const deploy = { name: "DeployOnProd", ...(deploymentWindow && { window: deploymentWindow }) };
  if (!manualApproval) return [{ ...deploy, actions: [planOnProd, deployOnProd] }];
  return [
    { name: "PlanOnProd", actions: [planOnProd] },
    {
      name: approvalStage,
      skippedWhen: {
        rule: "approval-needed",
        variable: "#{PlanOnProd.APPROVAL_REASONS}",
        equals: NOTHING,
      },
      actions: [approval],
    },
    { ...deploy, actions: [deployOnProd] },
  ];
}

/** Returns the build steps, in order. */
export function buildActions(of: readonly Stage[]): BuildAction[] {
  return of.flatMap((stage) => stage.actions).filter((action) => action.kind === "build");
}
