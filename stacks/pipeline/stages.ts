/**
 * The pipeline as data: stages in order, and in each its actions in order. To add a step, add an
 * entry here, a file in `buildspecs/` and its permissions in `iam/step-roles.ts`; the rest follows.
 */
import type { Settings } from "../../settings";
import { stackIds, type ServiceFunction } from "../names";

/** Takes the commit from GitHub. */
export interface SourceAction {
  readonly kind: "source";
  readonly name: string;
  readonly output: Artifact;
}

/** Waits for a person. */
export interface ApprovalAction {
  readonly kind: "approval";
  readonly name: string;
  /** What the person who approves is told; `#{…}` takes a variable of an earlier action. */
  readonly says: string;
}

/** Runs a CodeBuild project of the same name with the buildspec of that name. */
export interface BuildAction {
  readonly kind: "build";
  readonly name: StepName;
  /** The path of its buildspec. */
  readonly buildspec: string;
  /**
   * Whether its role may change or judge what is deployed. Then its buildspec is part of its project, and what it runs
   * are the programs that were deployed with the pipeline: the commit brings data. Otherwise its buildspec is read from
   * the first input artifact, so that a broken one is repaired by the next push.
   */
  readonly privileged: boolean;
  /** What it reads; the first is the folder it starts in, the others are at `$CODEBUILD_SRC_DIR_<name>`. */
  readonly inputs: readonly [Artifact, ...Artifact[]];
  readonly output?: Artifact;
  /** Variables the build gets, beside the settings; `#{…}` takes a variable of an earlier action. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The stack it deploys, and whose state it therefore locks; its project is tagged with it. */
  readonly deploys?: string;
  /** Minutes after which the build is ended. */
  readonly timeoutMinutes: number;
}

/** Moves production's traffic to a new version of a function, and back when an alarm goes off meanwhile. */
export interface ReleaseAction {
  readonly kind: "release";
  readonly name: string;
  readonly function: ServiceFunction;
  /** The version; `#{…}` takes a variable of an earlier action. */
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
  | "SelfUpdate";

export interface Stage {
  readonly name: string;
  /** One after the other. */
  readonly actions: readonly Action[];
  /** Skipped, without a build, when this variable has that value. */
  readonly skippedWhen?: { readonly rule: string; readonly variable: string; readonly is: string };
}

/** Stands for the digest that the deployed pipeline was made from. */
export const deployedDigest = "the digest of the deployed pipeline";

const source: Stage = {
  name: "Source1",
  actions: [{ kind: "source", name: "Source1", output: "Source" }],
};

/** What each privileged step compares its input with. CheckBuild has found it in the run's own history. */
const checked = { BUILD_DIGEST: "#{CheckBuild.BUILD_DIGEST}" };

// The only step that runs the repository's code with all of its dependencies; its artifact is what
// every later step uses, so that what was tested is what is deployed. What it says of its artifact is the commit's
// word: CheckBuild looks at the artifact before anything is deployed from it.
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
      // The source for its packages: UnitTest could say others.
      inputs: ["Build", "Source"],
      // Nothing that the commit says: CodePipeline does not escape a value in this JSON (aws-cdk#8458).
      environment: { PIPELINE_EXECUTION_ID: "#{codepipeline.PipelineExecutionId}" },
      timeoutMinutes: 15,
    },
  ],
};

// A person is asked before any role gets more permissions than it has; most commits change none.
const confirmPermissions: Stage = {
  name: "ConfirmPermissions",
  skippedWhen: { rule: "permissions-added", variable: "#{CheckBuild.ADDED_PERMISSIONS}", is: "none" },
  actions: [
    {
      kind: "approval",
      name: "ConfirmPermissions",
      says: "More permissions: #{CheckBuild.ADDED_PERMISSIONS}",
    },
  ],
};

const deployOnDev: BuildAction = {
  kind: "build",
  name: "DeployOnDev",
  buildspec: "buildspecs/deploy-on-dev.yml",
  privileged: true,
  inputs: ["Build"],
  environment: checked,
  deploys: stackIds.service("dev"),
  timeoutMinutes: 30,
};

const deployOnStage: BuildAction = {
  kind: "build",
  name: "DeployOnStage",
  buildspec: "buildspecs/deploy-on-stage.yml",
  privileged: true,
  inputs: ["Build"],
  environment: checked,
  deploys: stackIds.service("stage"),
  timeoutMinutes: 30,
};

/** Tests what was deployed right before. */
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

// What production would become, for a person to read and for DeployOnProd to keep to.
const planOnProd: BuildAction = {
  kind: "build",
  name: "PlanOnProd",
  buildspec: "buildspecs/plan-on-prod.yml",
  privileged: true,
  inputs: ["Build"],
  environment: checked,
  output: "Plan",
  timeoutMinutes: 30,
};

const approval: ApprovalAction = {
  kind: "approval",
  name: "ManualApproval",
  // Each part has a limit: AWS takes 1,000 characters.
  says: "Deploy #{Source1.CommitId} (#{CheckBuild.SUBJECT}) to production. Production: #{PlanOnProd.PLAN} Pipeline: #{CheckBuild.PIPELINE_CHANGE}. All of it is in the logs of PlanOnProd and CheckBuild.",
};

const deployOnProd: BuildAction = {
  kind: "build",
  name: "DeployOnProd",
  buildspec: "buildspecs/deploy-on-prod.yml",
  privileged: true,
  inputs: ["Build", "Plan"],
  // By this it knows that the plan is the one that was read: it does not come through the bucket.
  environment: {
    ...checked,
    PLAN_DIGEST: "#{PlanOnProd.PLAN_DIGEST}",
    COMMIT: "#{CheckBuild.COMMIT}",
    PROVENANCE: "#{CheckBuild.PROVENANCE}",
  },
  deploys: stackIds.service("prod"),
  timeoutMinutes: 30,
};

// A stage each: only a stage can be skipped, and a version that has its traffic already can't be moved to.
const releases: readonly Stage[] = [
  release("ReleaseApi", "api", "API"),
  release("ReleaseRecordObject", "record-object", "RECORD_OBJECT"),
];

/** @param variables how the variables begin that DeployOnProd exports about the function */
function release(name: string, of: ServiceFunction, variables: string): Stage {
  return {
    name,
    skippedWhen: { rule: "version-is-new", variable: `#{DeployOnProd.${variables}_RELEASE}`, is: "none" },
    actions: [{ kind: "release", name, function: of, version: `#{DeployOnProd.${variables}_VERSION}` }],
  };
}

const selfUpdate: Stage = {
  name: "SelfUpdate",
  // Costs nothing when the pipeline's definition is the deployed one.
  skippedWhen: {
    rule: "definition-changed",
    variable: "#{CheckBuild.PIPELINE_DIGEST}",
    is: deployedDigest,
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

// Where SelfUpdate comes before production, a person approves the change of the pipeline by itself. Where it comes
// last, ManualApproval shows it.
const confirmPipeline: Stage = {
  name: "ConfirmPipeline",
  skippedWhen: { rule: "definition-shown", variable: "#{CheckBuild.PIPELINE_CHANGE}", is: "none" },
  actions: [
    {
      kind: "approval",
      name: "ConfirmPipeline",
      says: "Change the pipeline as #{Source1.CommitId} says: #{CheckBuild.PIPELINE_CHANGE}. All of it is in the log of CheckBuild.",
    },
  ],
};

/** What of the pipeline's order is a matter of settings. */
export interface Order {
  /** Where the pipeline ends; left out: prod. A branch's pipeline has no environment after the one it tests. */
  readonly environment?: Settings["pipeline_environment"];
  /** Whether a person approves before production is deployed. */
  readonly manualApproval: boolean;
  /** Whether the pipeline updates itself as soon as UnitTest has passed, and not at the end. */
  readonly selfUpdateFirst: boolean;
}

/** The stages of the pipeline. */
export function stages(order: Order): readonly Stage[] {
  return [
    source,
    unitTest,
    confirmPermissions,
    ...(order.selfUpdateFirst && order.manualApproval ? [confirmPipeline] : []),
    ...(order.selfUpdateFirst ? [selfUpdate] : []),
    integrationTest(order.environment === "stage" ? deployOnStage : deployOnDev),
    ...((order.environment ?? "prod") === "prod" ? [...production(order.manualApproval), ...releases] : []),
    ...(order.selfUpdateFirst ? [] : [selfUpdate]),
  ];
}

/** Production is planned right before somebody reads the plan, or right before it is deployed. */
function production(manualApproval: boolean): Stage[] {
  if (!manualApproval) return [{ name: "DeployOnProd", actions: [planOnProd, deployOnProd] }];
  return [
    { name: "ManualApproval", actions: [planOnProd, approval] },
    { name: "DeployOnProd", actions: [deployOnProd] },
  ];
}

/** The steps that are builds, in order. */
export function buildActions(of: readonly Stage[]): BuildAction[] {
  return of.flatMap((stage) => stage.actions).filter((action) => action.kind === "build");
}
