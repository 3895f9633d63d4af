import { secretName } from "../../settings";
import type { Location } from "../constructs/account";
import { failureTopicName, type Environment, type Names } from "../names";
import type { Artifact, StepName } from "../pipeline/stages";

/** The ARNs of the resources in policies. A name that ends in `*` stands for several. */
export class Arns {
  constructor(
    readonly at: Location,
    readonly names: Names,
  ) {}

  get boundary(): string {
    return this.global("iam", `policy/${this.names.boundary}`);
  }

  /** The boundary of an environment's functions. */
  functionBoundary(environment: Environment): string {
    return this.global("iam", `policy/${this.names.functionBoundary(environment)}`);
  }

  get sharedFunctionBoundary(): string {
    return this.global("iam", `policy/${this.names.sharedFunctionBoundary}`);
  }

  /** The managed policies of the state stack. */
  get managedPolicies(): string[] {
    const { names } = this;
    return [
      this.boundary,
      ...names.environments.map((environment) => this.functionBoundary(environment)),
      this.sharedFunctionBoundary,
      ...(names.isBranchPipeline ? [] : [this.global("iam", `policy/${names.approvers}`)]),
    ];
  }

  get githubActions(): string {
    return this.global("iam", "oidc-provider/token.actions.githubusercontent.com");
  }

  get root(): string {
    return this.global("iam", "root");
  }

  get pipeline(): string {
    return this.of("codepipeline", this.names.pipeline);
  }

  get webhook(): string {
    return this.of("codepipeline", `webhook:${this.names.webhook}`);
  }

  /**
   * The connection to GitHub; undefined if the source is a token and a webhook. AWS generates its id, and the comparison
   * of permissions has no id: the boundary names it.
   */
  get connection(): string | undefined {
    return this.names.connection === undefined ? undefined : this.of("codestar-connections", "connection/*");
  }

  get failureTopic(): string {
    return this.of("sns", failureTopicName);
  }

  get approvalTopic(): string {
    return this.of("sns", this.names.approvalTopic);
  }

  /** The rule on executions that fail outside of a build. */
  get failedExecutionRule(): string {
    return this.of("events", `rule/${this.names.failedExecutionRule}`);
  }

  /** The rule that starts CheckDrift. */
  get driftRule(): string {
    return this.of("events", `rule/${this.names.driftRule}`);
  }

  /** The rule on changes that the pipeline did not make. */
  get changeRule(): string {
    return this.of("events", `rule/${this.names.changeRule}`);
  }

  /** The rule that forwards events of IAM. It is in us-east-1, wherever the stack is. */
  get iamChangeRule(): string {
    return `arn:${this.at.partition}:events:us-east-1:${this.at.accountId}:rule/${this.names.iamChangeRule}`;
  }

  get approvalRule(): string {
    return this.of("events", `rule/${this.names.approvalRule}`);
  }

  get eventBus(): string {
    return this.of("events", "event-bus/default");
  }

  /** The prefix of the ARNs of the stack's managed policies. */
  get managedPolicyPrefix(): string {
    return this.global("iam", `policy/${this.names.service("")}`);
  }

  get parameters(): string {
    return this.of("ssm", `parameter${this.names.parameterFolder}/*`);
  }

  /** Secrets Manager adds a hyphen and six characters of its own to the name. */
  get secret(): string {
    return this.of("secretsmanager", `secret:${secretName}-??????`);
  }

  /**
   * What a caller of an HTTP API invokes, such as `GET/documents/*`. AWS generates an API's id, and the comparison of
   * permissions has no id: the boundary names it. A path is that of the request:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
   */
  request(methodAndPath: string, apiId = "*"): string {
    return this.of("execute-api", `${apiId}/*/${methodAndPath}`);
  }

  /** The secret with the client that gets tokens for an environment. */
  serviceAuthSecret(environment: Environment): string {
    return this.of("secretsmanager", `secret:${this.names.serviceAuthSecret(environment)}-??????`);
  }

  project(step: StepName | "*"): string {
    return this.of("codebuild", `project/${this.names.project(step)}`);
  }

  role(name: string): string {
    return this.global("iam", `role/${name}`);
  }

  /** The queue for the events that an environment's functions could not process. */
  deadLetterQueue(environment: Environment | "*"): string {
    return this.of("sqs", this.names.deadLetterQueue(environment));
  }

  /** The functions of an environment. */
  functions(environment: Environment | "*"): string {
    return this.of("lambda", `function:${this.names.service(environment)}-*`);
  }

  /** The rules that invoke functions for the objects of an existing bucket. */
  objectRules(environment: Environment): string {
    return this.of("events", `rule/${this.names.service(environment)}-objects*`);
  }

  bucket(name: string): string {
    return `arn:${this.at.partition}:s3:::${name}`;
  }

  /**
   * The objects of an artifact: `<pipeline>/<artifact>/<generated>`. CodePipeline shortens the first name to 20
   * characters and the second to 10; no artifact has a longer name.
   */
  artifact(name: Artifact): string {
    return `${this.bucket(this.names.artifactBucket)}/*/${name}/*`;
  }

  /** All versions of the programs of the privileged steps. */
  get programs(): string {
    return `${this.bucket(this.names.stateBucket)}/${this.names.programs("*")}`;
  }

  /** The pipeline's definition as it was last deployed. */
  get pipelineDefinition(): string {
    return `${this.bucket(this.names.stateBucket)}/${this.names.pipelineDefinition}`;
  }

  /** The provenance statements of commits, and their SBOMs. */
  get provenance(): string {
    return `${this.bucket(this.names.stateBucket)}/${this.names.stateFolder}/provenance/*`;
  }

  /** The records of what was deployed to production. */
  get deployments(): string {
    return `${this.bucket(this.names.stateBucket)}/${this.names.stateFolder}/deployments/*`;
  }

  /** A stack as it was last deployed to production. */
  deployedStack(stackId: string): string {
    return `${this.bucket(this.names.stateBucket)}/${this.names.deployedStack(stackId)}`;
  }

  /** What CheckDrift found last. */
  get driftRecord(): string {
    return `${this.bucket(this.names.stateBucket)}/${this.names.driftRecord}`;
  }

  /** The states of a stack that a build could not write, and saved beside the artifacts. */
  erroredStates(stackId: string): string {
    return `${this.bucket(this.names.artifactBucket)}/${this.names.erroredStates(stackId)}/*`;
  }

  logGroup(name: string): string {
    return this.of("logs", `log-group:${name}`);
  }

  /** The streams of a log group. */
  logStreams(group: string): string {
    return `${this.logGroup(group)}:*`;
  }

  /** The streams of a log group, in the form that AWS's own policies for the delivery of logs have. */
  deliveredLog(group: string): string {
    return `${this.logGroup(group)}:log-stream:*`;
  }

  /** API Gateway's resources are paths, and belong to no account. */
  api(path: string): string {
    return `arn:${this.at.partition}:apigateway:${this.at.region}::${path}`;
  }

  /** The ARN of any other regional resource. */
  of(service: string, resource: string): string {
    return `arn:${this.at.partition}:${service}:${this.at.region}:${this.at.accountId}:${resource}`;
  }

  private global(service: string, resource: string): string {
    return `arn:${this.at.partition}:${service}::${this.at.accountId}:${resource}`;
  }
}

/**
 * A condition that allows using a key only through a service, on the caller's behalf. In China the service's name has another suffix.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function viaService(arns: Arns, ...services: readonly string[]) {
  const names = services.map((service) => `${service}.${arns.at.region}.amazonaws.com*`);
  return { StringLike: { "kms:ViaService": names.length === 1 ? names[0]! : names } };
}
