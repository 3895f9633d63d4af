import type { Settings } from "../settings";
import { triggerSuffix, type NotifiedMetric, type ReleaseMetric, type ServiceFunction } from "./functions";

/** Where the service is deployed to: once for each, with a name, a state and permissions of its own. */
export type Environment = Settings["pipeline_environment"] | (string & {});

/** The environment whose traffic the pipeline moves, step by step. In the others Terraform moves it at once. */
export const releasedEnvironment = "prod" satisfies Environment;

/** The namespace of the metrics that the functions publish; `lambda-src/api/server-errors.ts` has the same. */
export const metricNamespace = "HeavyWater";

/** The topic that hears of every failure. */
export const failureTopicName = "hw-codebuild-failed-sns";

/** The tag of production's API, by which the boundaries know it too. Its value is the API's name. */
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

export type Names = ReturnType<typeof namesOf>;

/** The name of everything, from the settings alone: a stack and the permissions of another must agree. */
export function namesOf(settings: Settings) {
  const stack = settings.hw_stack_name;
  const existingBuckets: Readonly<Record<string, string | undefined>> = {
    dev: settings.service_existing_bucket_dev,
    prod: settings.service_existing_bucket_prod,
  };
  return {
    /** Whether they are those of a branch pipeline. */
    isBranchPipeline: isBranchPipeline(settings),
    /** The environments of the pipeline, in the order it reaches them; that of a branch has one. */
    environments: isBranchPipeline(settings) ? [settings.pipeline_environment] : ["dev", "prod"],
    /** What the names of its branches' stacks begin with. */
    branches: `${stack}_`,
    pipeline: `${stack}-pipeline`,
    pipelineRole: `${stack}-pipeline`,
    /** Where the Lambda deploy action writes, a name that CodePipeline gives it. */
    releaseLogGroup: `/aws/codepipeline/${stack}-pipeline`,
    webhook: `${stack}-push`,
    failedExecutionRule: `${stack}-pipeline-failed`,
    /** The role that rule publishes with. */
    failedExecutionRole: `${stack}-pipeline-failed`,
    /** The alarm on notifications that the rule could not publish. */
    lostNotificationAlarm: `${stack}-notification-failed`,
    /** The rule on changes that were not the pipeline's, and the role that it publishes with. */
    changeRule: `${stack}-changes`,
    /** The rule in us-east-1 that forwards those of IAM, and its role. */
    iamChangeRule: `${stack}-iam-changes`,
    /** The rule on approvals, and the log that it writes. */
    approvalRule: `${stack}-approvals`,
    approvalLogGroup: `/aws/events/${stack}-approvals`,
    // SelfUpdate is allowed to delete alarms whose names end in `-failed`.
    lostChangeAlarm: `${stack}-changes-not-notified`,
    lostApprovalAlarm: `${stack}-approvals-not-logged`,
    failureKeyAlias: `alias/${stack}-failures`,
    /** The address that the topic's e-mail subscription is for. */
    failureEmail: settings.pipeline_alarm_email,
    project: (step: string) => `${stack}-${step}`,
    // Only the pipeline's roles begin with this name: SelfUpdate is allowed to manage them.
    stepRole: (step: string) => `${stack}-pipeline-${step}`,
    alarm: (step: string) => `${stack}-${step}-failed`,
    buildLogGroup: (step: string) => `/aws/codebuild/${stack}-${step}`,
    boundary: `${stack}-boundary`,
    /** That of an environment's functions. */
    functionBoundary: (environment: Environment) => `${stack}-function-boundary-${environment}`,
    /** That of all environments' functions, until they are deployed with their own. */
    sharedFunctionBoundary: `${stack}-function-boundary`,
    /** What reviewers need. */
    approvers: `${stack}-approvers`,
    diffRole: `${stack}-diff`,
    parameterFolder: `/${stack}`,
    parameter: (setting: string) => `/${stack}/${setting}`,
    repositoryParameter: `/${stack}/github_repository`,
    stateBucket: settings.pipeline_state_bucket_name,
    artifactBucket: settings.pipeline_bucket_name,
    /** Where the stack keeps its states, in the bucket that it shares with its branches. */
    stateFolder: stack,
    stateKey: (stackId: string) => `${stack}/${stackId}.tfstate`,
    /** What privileged steps run, in the bucket of the states; each zip is named after its SHA-256. */
    programs: (digest: string) => `${stack}/programs/${digest}.zip`,
    /** The definition of the pipeline that was deployed last, in the bucket of the states. */
    pipelineDefinition: `${stack}/pipeline.definition.json`,
    /** What CheckBuild says of how a commit was built, in the bucket of the states; named after its SHA-256. */
    provenance: (commit: string, digest: string) => `${stack}/provenance/${commit}/${digest}.json`,
    /** The packages of a commit; commits with the same packages share one. */
    sbom: (digest: string) => `${stack}/provenance/sbom/${digest}.cdx.json`,
    /** That what a statement is about was deployed to production. */
    deployment: (commit: string, digest: string) => `${stack}/deployments/${commit}/${digest}.json`,
    erroredStates: (stackId: string) => `errored/${stackId}`,
    service: (environment: Environment) => `${stack}-${environment}`,
    /** Production's API, also from a branch. */
    productionApi: `${stack.replace(/_.*/, "")}-${releasedEnvironment}`,
    /** Where an environment keeps its documents. */
    serviceBucket: (environment: Environment) =>
      existingBuckets[environment] ?? `${settings.hw_stack_bucket_name}-${environment}`,
    /** Whether that bucket was there before, and is not the service stack's. */
    hasExistingBucket: (environment: Environment) => existingBuckets[environment] !== undefined,
    deadLetterQueue: (environment: Environment) => `${stack}-${environment}-failed-events`,
    accessLogGroup: (environment: Environment) => `/aws/apigateway/${stack}-${environment}`,
    accessLogPolicy: `${stack}-access-logs`,
    /** The rule that invokes a function for the objects of an existing bucket. */
    objectRule: (environment: Environment, name: ServiceFunction) =>
      `${stack}-${environment}-objects${triggerSuffix(name)}`,
    function: (environment: Environment, name: ServiceFunction) => `${stack}-${environment}-${name}`,
    releaseAlarm: (name: ServiceFunction, metric: ReleaseMetric | NotifiedMetric) =>
      `${stack}-${releasedEnvironment}-${name}-${metric}`,
  };
}
