import { allow, deny, merged, policyDocument, type Statement } from "../constructs/policy";
import { productionApiTag, releasedEnvironment, stackIds, type Names } from "../names";
import type { StepName } from "../pipeline/stages";
import { Arns, viaService } from "./arns";
import { limitTests, limitVerification } from "./service-callers";
import { limitSource } from "./source";
import { keepBesideTopic } from "./terraform-pipeline";
import { manageApis } from "./terraform-service";

/**
 * The most that the roles of the pipeline and of its steps can ever do, whatever their own policies say: SelfUpdate
 * writes those. It ends at this stack's names, and leaves out what only the operator changes: the role for pull requests,
 * the rules on changes and approvals, the policy for approvers.
 *
 * @param connection the ARN of the connection to GitHub; undefined if the source is a token and a webhook
 */
export function boundary(arns: Arns, apis: ApiIds, connection?: string): Statement[] {
  return [
    ...ceiling(arns, apis, connection),
    ...limitVerification(arns, apis.production),
    ...denials(arns),
    ...keepApi(arns, apis.production),
  ];
}

/** The ids of the APIs, which AWS generates. */
export interface ApiIds {
  readonly production: string;
  /** That of the environment that IntegrationTest calls. It counts with `service_auth=iam` alone. */
  readonly tested: string;
}

/** Characters of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_CHARACTERS = 6144;

/**
 * Refuses names with which IAM would refuse the boundary.
 *
 * @throws Error that says which settings to shorten
 */
export function refuseLongNames(names: Names): void {
  // The longest region.
  const at = { partition: "aws", region: "ap-northeast-1", accountId: "123456789012" };
  const arns = new Arns(at, names);
  // An id has 36 characters.
  const connection = arns.connection?.replace("*", "x".repeat(36));
  const { length } = policyDocument(
    merged(boundary(arns, { production: "abcdefghij", tested: "abcdefghij" }, connection)),
  );
  if (length <= MOST_CHARACTERS) return;
  throw new Error(
    `The permissions boundary would have ${length} characters, and IAM accepts ${MOST_CHARACTERS}; nothing was created. ` +
      "Shorten hw_stack_name, which the boundary contains most often, or the names of the buckets.",
  );
}

/** Everything that has the stack's name, and what AWS has no names for. */
function ceiling(arns: Arns, apis: ApiIds, connection: string | undefined): Statement[] {
  const { names } = arns;
  const tests = limitTests(arns, apis.tested);
  const all = names.service("*");
  // The state stack has roles, rules and alarms with the stack's name too; that of a branch has none.
  const ofBuilds = (pipelines: string) =>
    names.isBranchPipeline
      ? [all]
      : [pipelines, ...names.environments.map((one) => names.service(`${one}-*`))];
  const state = arns.bucket(names.stateBucket);
  const artifacts = arns.bucket(names.artifactBucket);
  // An existing bucket is not the stack's.
  const own = names.environments.filter((one) => !names.hasExistingBucket(one));
  return [
    allow(
      [
        "codebuild:*",
        "codepipeline:*",
        "cloudwatch:*",
        "events:*",
        "iam:*",
        "lambda:*",
        "logs:*",
        "s3:*",
        "sqs:*",
        ...tests.actions,
      ],
      [
        arns.of("codebuild", `project/${all}`),
        arns.of("codepipeline", all),
        arns.of("codepipeline", `webhook:${all}`),
        ...ofBuilds(names.alarm("*")).map((name) => arns.of("cloudwatch", `alarm:${name}`)),
        ...ofBuilds(`${names.pipeline}*`).flatMap((name) => [
          arns.of("events", `rule/${name}`),
          arns.role(name),
        ]),
        arns.of("lambda", `function:${all}`),
        // Those of CodeBuild and CodePipeline have one pattern.
        ...["code*", "lambda", "apigateway"].map((service) => arns.logGroup(`/aws/${service}/${all}`)),
        arns.of("sqs", all),
        artifacts,
        `${artifacts}/*`,
        ...own.map((one) => arns.bucket(names.serviceBucket(one))),
        ...tests.resources,
      ],
      "A ceiling, not a grant: everything that has the stack's name, and the API that is tested.",
    ),
    allow(
      "s3:GetObject",
      `${arns.bucket(names.serviceBucket(names.environments[0]!))}/documents/*`,
      "The documents of the tested environment; no step reads production's.",
    ),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
      [state, `${state}/${names.stateFolder}/*`],
      "The stack's folder in the state bucket. Terraform lists the bucket to check whether there is a state yet.",
    ),
    ...manageApis(arns, ...names.environments),
    allow(
      [
        "cloudwatch:DescribeAlarms",
        "codepipeline:ListWebhooks",
        "logs:*LogDeliver*",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
      ],
      "*",
      "These have no resource-level permissions, or AWS does not say what it checks.",
    ),
    allow(
      names.isBranchPipeline
        ? "sns:Publish"
        : ["sns:Publish", "sns:GetTopicAttributes", "sns:ListTagsForResource"],
      [arns.failureTopic, arns.approvalTopic],
      "The rule on failed executions notifies one topic, and the pipeline the other of approvals.",
    ),
    // Only the operator changes the topic and its key: no step can silence them. A branch pipeline only publishes.
    ...(names.isBranchPipeline ? [] : keepBesideTopic(arns)),
    {
      ...allow(
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
        "*",
        "A ceiling too: SNS uses the topic's key, and CodePipeline encrypts artifacts with the AWS managed key for S3.",
      ),
      Condition: viaService(arns, "s3", "sns"),
    },
    allow("ssm:GetParameters", arns.parameters, "The stack's settings."),
    ...limitSource(arns, connection),
  ];
}

/** What none of the roles can do, even within the stack's names. */
function denials(arns: Arns): Statement[] {
  const { names } = arns;
  const state = arns.bucket(names.stateBucket);
  const boundaries = [arns.boundary, ...names.environments.map((one) => arns.functionBoundary(one))];
  return [
    {
      ...deny(
        [
          // Their permissions and boundaries, too.
          "iam:CreateRole",
          "iam:DeleteRole*",
          "iam:Update*Role*",
          "iam:PutRole*",
          "iam:AttachRolePolicy",
        ],
        "*",
        "No role can be created without a boundary, or changed if it has none.",
      ),
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": boundaries } },
    },
    deny("iam:DeleteRolePermissionsBoundary", "*", "No role's boundary can be removed."),
    deny(
      ["codepipeline:PutApprovalResult", "codepipeline:OverrideStageCondition"],
      "*",
      "Reviewers approve: no role of the pipeline approves what it has changed itself.",
    ),
    deny(
      ["logs:DeleteLogGroup", "logs:DeleteLogStream"],
      "*",
      "No role of the pipeline deletes a log: it keeps what a step did.",
    ),
    deny(
      ["s3:DeleteBucket*", "s3:PutBucket*", "s3:Put*Configuration"],
      state,
      "The operator manages the state bucket; a build only writes objects in it, each by its own key.",
    ),
    deny("s3:DeleteObjectVersion", "*", "The operator can restore a state from an old version."),
    deny(
      ["s3:PutObject", "s3:DeleteObject"],
      inAnyBucket(`${state}/${names.stateKey(stackIds.state)}*`, names.stateBucket),
      "The state of the state stack: the operator deploys it.",
    ),
    // A branch delivers nothing to production.
    ...(names.isBranchPipeline ? [] : keepProvenance(arns)),
  ];
}

/** Reserves the records of builds and deployments to one step each, whatever permissions SelfUpdate gives to other roles. */
function keepProvenance(arns: Arns): Statement[] {
  return [
    onlyStep(arns, "CheckBuild", arns.provenance, "How a commit was built: only CheckBuild records it."),
    onlyStep(arns, "DeployOnProd", arns.deployments, "What is in production: only DeployOnProd records it."),
  ];
}

/** Shortens the ARN of objects in the state bucket: no other bucket has objects with such keys. */
function inAnyBucket(objects: string, stateBucket: string): string {
  return objects.replace(`:::${stateBucket}/`, ":::*/");
}

/** Denies changing objects to every role but that of a step. */
function onlyStep(arns: Arns, step: StepName, objects: string, reason: string): Statement {
  return {
    ...deny(["s3:PutObject", "s3:DeleteObject"], inAnyBucket(objects, arns.names.stateBucket), reason),
    Condition: { ArnNotEquals: { "aws:PrincipalArn": arns.role(arns.names.stepRole(step)) } },
  };
}

/**
 * The routes, integrations and stages of an API have no names in AWS, so a step of another environment or branch that
 * is allowed to change its own API's can change those of every API. This excludes production's by its id. The tag
 * excludes what has it: an HTTP API and its stages, but neither routes nor integrations, which inherit tags in REST
 * APIs only. Bootstrap sets the tag; no role of the pipeline can change tags of an API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
 */
function keepApi(arns: Arns, productionApi: string): Statement[] {
  const { names } = arns;
  // POST, PUT and PATCH: a policy has 6,144 characters.
  const changes = ["apigateway:P*", "apigateway:DELETE"];
  const byOthers: NonNullable<Statement["Condition"]> = names.environments.includes(releasedEnvironment)
    ? { ArnNotEquals: { "aws:PrincipalArn": arns.role(names.stepRole("DeployOnProd")) } }
    : {};
  return [
    {
      ...deny(
        changes,
        // All ids have ten characters.
        arns.api(`/apis/${productionApi}*`),
        "Production's API, which only DeployOnProd changes. Bootstrap creates it, so that its id is known before any step runs.",
      ),
      ...(Object.keys(byOthers).length > 0 && { Condition: byOthers }),
    },
    {
      ...deny(changes, arns.api("/apis/*"), "The same by its tag, should it have another id."),
      Condition: {
        ...byOthers,
        StringEquals: { [`aws:ResourceTag/${productionApiTag}`]: names.productionApi },
      },
    },
  ];
}
