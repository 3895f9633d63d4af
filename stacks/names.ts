import type { Settings } from "../settings";
import { triggerSuffix, type NotifiedMetric, type ReleaseMetric, type ServiceFunction } from "./functions";

/** Where the service is deployed to: once for each, with a name, a state and permissions of its own. */
export type Environment = Settings["pipeline_environment"] | (string & {});

/** The environment whose traffic the pipeline moves, step by step. In the others Terraform moves it at once. */
export const releasedEnvironment = "prod" satisfies Environment;

/** The namespace of the metrics that the functions publish; `lambda-src/api/server-errors.ts` has the same. */
export const metricNamespace = "HeavyWater";

/** The topic that every failure reaches. */
export const failureTopicName = "hw-codebuild-failed-sns";

/** The tag of production's API, which the boundaries match too. Its value is the API's name. */
export const productionApiTag = "hw_api";

/** The alias that the API and the bucket's events invoke: the version that is live. */
export const liveAlias = "live";

/** The ids of the stacks, as `cdktf deploy` takes them. */
export const stackIds = {
  state: "state",
  pipeline: "pipeline",
  service: (environment: Environment) => `service-${environment}`,
};

/**
 * Whether this is a branch pipeline beside the one that delivers to production. It takes what an account
 * has one of from that one: the bucket of the states, the secret, the topic, the role for pull requests.
 */
export function isBranchPipeline(settings: Settings): boolean {
  return settings.pipeline_environment !== "prod";
}

/** The tag of a build project that deploys a stack: its value is the stack's id. */
export const deploysTag = "deploys";

/** The stage in which a reviewer approves production, and its approval. */
export const approvalStage = "ManualApproval";

/** The folder in the artifact bucket with the states that builds could not write. */
export const erroredFolder = "errored";

/** The stack name and the stack id in the key of a state; undefined for another object. */
export function parseStateKey(key: string): { stackName: string; stackId: string } | undefined {
  const [, stackName, stackId] = /^([^/]+)\/([^/]+)\.tfstate$/.exec(key) ?? [];
  return stackName === undefined || stackId === undefined ? undefined : { stackName, stackId };
}

/** The stack name of the pipeline that delivers to production. */
function mainStackOf(stack: string): string {
  return stack.replace(/_.*/, "");
}

/** The names that follow from `hw_stack_name` alone, also for a branch whose other settings are not read. */
export function namesOfStack(stack: string) {
  return {
    pipeline: `${stack}-pipeline`,
    project: (step: string) => `${stack}-${step}`,
    parameter: (setting: string) => `/${stack}/${setting}`,
    /** The stack's folder in the state bucket, which it shares with its branches. */
    stateFolder: stack,
    stateKey: (stackId: string) => `${stack}/${stackId}.tfstate`,
    /** The secret with the client that gets tokens for an environment. Branches share dev's. */
    serviceAuthSecret: (environment: Environment) =>
      `${mainStackOf(stack)}-service-auth-${environment === releasedEnvironment ? releasedEnvironment : "dev"}`,
  };
}

/** The document with which production is verified. The name is reserved: users must not use it. */
export const verificationDocument = ".heavy-water-verification";

export type Names = ReturnType<typeof namesOf>;

/** Returns the names of all resources, from the settings alone: a stack and the permissions of another must agree. */
export function namesOf(settings: Settings) {
  const stack = settings.hw_stack_name;
  const mainStack = mainStackOf(stack);
  const existingBuckets: Readonly<Record<string, string | undefined>> = {
    dev: settings.service_existing_bucket_dev,
    prod: settings.service_existing_bucket_prod,
  };
  return {
    ...namesOfStack(stack),
    /** Whether they are those of a branch pipeline. */
    isBranchPipeline: isBranchPipeline(settings),
    /** How callers of the API authorize, which decides about the permissions of the steps that call it. */
    serviceAuth: settings.service_auth ?? "none",
    /** Whether the service stacks set the lifecycle rule of their buckets. */
    setsLifecycle: settings.service_old_version_days !== undefined,
    /** The environments of the pipeline, in the order of their deployment; a branch pipeline has one. */
    environments: isBranchPipeline(settings) ? [settings.pipeline_environment] : ["dev", "prod"],
    /** The prefix of its branches' stack names. */
    branches: `${stack}_`,
    pipelineRole: `${stack}-pipeline`,
    /** The log of the Lambda deploy action, which CodePipeline names. */
    releaseLogGroup: `/aws/codepipeline/${stack}-pipeline`,
    webhook: `${stack}-push`,
    /** The connection to GitHub, which branches share; undefined if the source is a token and a webhook. */
    connection: settings.pipeline_source === "connection" ? `${stack.replace(/_.*/, "")}-github` : undefined,
    failedExecutionRule: `${stack}-pipeline-failed`,
    /** The role with which that rule publishes. */
    failedExecutionRole: `${stack}-pipeline-failed`,
    /** Whether the pipeline sets commit statuses on GitHub. */
    setsCommitStatuses: settings.pipeline_commit_status,
    /** The function that sets commit statuses, its role and its rule. */
    commitStatuses: `${stack}-pipeline-commit-statuses`,
    /** The alarm on commit statuses that could not be set. */
    commitStatusAlarm: `${stack}-commit-statuses-failed`,
    /** The alarm on notifications that the rule could not publish. */
    lostNotificationAlarm: `${stack}-notification-failed`,
    /** The rule that starts CheckDrift, and its role. */
    driftRule: `${stack}-pipeline-drift`,
    /** The alarm on builds of CheckDrift that the rule could not start. */
    lostDriftAlarm: `${stack}-drift-start-failed`,
    /** The rule on changes that the pipeline did not make, and the role with which it publishes. */
    changeRule: `${stack}-changes`,
    /** The rule in us-east-1 that forwards IAM's events, and its role. */
    iamChangeRule: `${stack}-iam-changes`,
    /** The rule on approvals, and its log. */
    approvalRule: `${stack}-approvals`,
    approvalLogGroup: `/aws/events/${stack}-approvals`,
    // SelfUpdate is allowed to delete alarms whose names end in `-failed`.
    lostChangeAlarm: `${stack}-changes-not-notified`,
    lostApprovalAlarm: `${stack}-approvals-not-logged`,
    failureKeyAlias: `alias/${stack}-failures`,
    /** The topic that is notified of approvals. A branch pipeline has the same one. */
    approvalTopic: `${mainStack}-approvals`,
    approvalKeyAlias: `alias/${mainStack}-approvals`,
    /** The e-mail address that is subscribed to the topic. */
    failureEmail: settings.pipeline_alarm_email,
    // Only the pipeline's roles begin with this name: SelfUpdate is allowed to manage them.
    stepRole: (step: string) => `${stack}-pipeline-${step}`,
    alarm: (step: string) => `${stack}-${step}-failed`,
    buildLogGroup: (step: string) => `/aws/codebuild/${stack}-${step}`,
    boundary: `${stack}-boundary`,
    /** The boundary of an environment's functions. */
    functionBoundary: (environment: Environment) => `${stack}-function-boundary-${environment}`,
    /** The boundary of all environments' functions, until they are deployed with their own. */
    sharedFunctionBoundary: `${stack}-function-boundary`,
    /** The managed policy for reviewers. */
    approvers: `${stack}-approvers`,
    diffRole: `${stack}-diff`,
    parameterFolder: `/${stack}`,
    repositoryParameter: `/${stack}/github_repository`,
    stateBucket: settings.pipeline_state_bucket_name,
    artifactBucket: settings.pipeline_bucket_name,
    /** The pinned programs, in the state bucket; each zip is named after its SHA-256. */
    programs: (digest: string) => `${stack}/programs/${digest}.zip`,
    /** The definition of the pipeline as it was last deployed, in the state bucket. */
    pipelineDefinition: `${stack}/pipeline.definition.json`,
    /** The provenance of a commit's build, in the state bucket; named after its SHA-256. */
    provenance: (commit: string, digest: string) => `${stack}/provenance/${commit}/${digest}.json`,
    /** The SBOM of a commit; commits with the same packages share one. */
    sbom: (digest: string) => `${stack}/provenance/sbom/${digest}.cdx.json`,
    /** The record that a build was deployed to production. */
    deployment: (commit: string, digest: string) => `${stack}/deployments/${commit}/${digest}.json`,
    /** A stack as it was last deployed to production, without its functions' code. DeployOnProd writes it. */
    deployedStack: (stackId: string) => `${stack}/deployments/${stackId}.tf.json`,
    /** What CheckDrift found last. */
    driftRecord: `${stack}/drift.json`,
    erroredStates: (stackId: string) => `${erroredFolder}/${stackId}`,
    service: (environment: Environment) => `${stack}-${environment}`,
    /** Production's API; a branch has the same one. */
    productionApi: `${mainStack}-${releasedEnvironment}`,
    /** The bucket with an environment's documents. */
    serviceBucket: (environment: Environment) =>
      existingBuckets[environment] ?? `${settings.hw_stack_bucket_name}-${environment}`,
    /** Whether that bucket existed before, so that the service stack does not manage it. */
    hasExistingBucket: (environment: Environment) => existingBuckets[environment] !== undefined,
    deadLetterQueue: (environment: Environment) => `${stack}-${environment}-failed-events`,
    accessLogGroup: (environment: Environment) => `/aws/apigateway/${stack}-${environment}`,
    accessLogPolicy: `${stack}-access-logs`,
    /** The rule that invokes a function for the objects of an existing bucket. */
    objectRule: (environment: Environment, name: ServiceFunction) =>
      `${stack}-${environment}-objects${triggerSuffix(name)}`,
    function: (environment: Environment, name: ServiceFunction) => `${stack}-${environment}-${name}`,
    usageAlarm: (environment: Environment, metric: string) => `${stack}-${environment}-${metric}`,
    releaseAlarm: (name: ServiceFunction, metric: ReleaseMetric | NotifiedMetric) =>
      `${stack}-${releasedEnvironment}-${name}-${metric}`,
  };
}
