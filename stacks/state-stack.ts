import { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy";
import { CodestarconnectionsConnection } from "@cdktf/provider-aws/lib/codestarconnections-connection";
import { DataAwsApigatewayv2Apis } from "@cdktf/provider-aws/lib/data-aws-apigatewayv2-apis";
import { DataAwsCodestarconnectionsConnection } from "@cdktf/provider-aws/lib/data-aws-codestarconnections-connection";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { LocalBackend, TerraformLocal, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { RepositoryIdentity } from "../invocation";
import { asEnvironment, secretName, settingNames, type Settings } from "../settings";
import { approvalTopic } from "./approvals";
import { approvalLog, changeNotifications } from "./audit";
import { bootstrapLevel, bootstrapLevelName } from "./bootstrap-level";
import { acceptFindings } from "./constructs/accepted-findings";
import { Account } from "./constructs/account";
import { inlinePolicyName, merged, policyDocument } from "./constructs/policy";
import { PrivateBucket } from "./constructs/private-bucket";
import { useRemoteState } from "./constructs/remote-state";
import { SourceRepository } from "./constructs/source-repository";
import { isBranchPipeline, namesOf, releasedEnvironment, stackIds, type Names } from "./names";
import { Arns } from "./iam/arns";
import { approvalLogPolicy } from "./iam/audit";
import { accessLogPolicy } from "./iam/access-logs";
import { approverPermissions } from "./iam/approvers";
import { boundary, refuseLongNames } from "./iam/boundary";
import { diffPermissions, diffTrust } from "./iam/diff-role";
import { functionBoundary, sharedFunctionBoundary } from "./iam/function-boundary";

export interface StateStackProps {
  readonly settings: Settings;
  /** `local` until the bucket for the state is there. */
  readonly backend: "s3" | "local";
  /** What GitHub says of the repository; only bootstrap asks it. */
  readonly repository?: RepositoryIdentity;
}

const nothingGranted = "A boundary grants nothing: it is the most that the roles' own policies can grant.";

const boundaryFindings = { CKV_AWS_355: nothingGranted, CKV2_AWS_40: nothingGranted };

/**
 * What only the operator deploys, and no build can change: the bucket for Terraform's state, the settings, the
 * secret's container, the boundaries of every role a build makes, and the role that reads for pull requests.
 */
export class StateStack extends TerraformStack {
  constructor(scope: Construct, { settings, backend, repository }: StateStackProps) {
    super(scope, stackIds.state);
    const names = namesOf(settings);
    refuseLongNames(names);
    if (backend === "s3") {
      useRemoteState(this, { bucket: names.stateBucket, key: names.stateKey(stackIds.state) });
    } else {
      new LocalBackend(this, { path: `../../../terraform.${stackIds.state}.tfstate` });
    }
    new AwsProvider(this, "aws");
    const arns = new Arns(new Account(this), names);

    const values = asEnvironment(settings);
    for (const name of settingNames) {
      const value = values[name];
      // SSM refuses empty values: a setting without a value has no parameter.
      if (value === "") continue;
      const parameter = new SsmParameter(this, name, { name: names.parameter(name), type: "String", value });
      acceptFindings(parameter, { CKV2_AWS_34: "No setting is a secret." });
    }
    const level = new SsmParameter(this, bootstrapLevelName, {
      name: names.parameter(bootstrapLevelName),
      description: "What npm run bootstrap has deployed: SelfUpdate does nothing that needs a newer one",
      type: "String",
      value: `${bootstrapLevel}`,
    });
    acceptFindings(level, { CKV2_AWS_34: "It is a number that everybody can read in the repository." });
    const apis = {
      production: this.apiId("production-api", names.productionApi),
      tested:
        names.serviceAuth === "iam"
          ? this.apiId("tested-api", names.service(names.environments[0]!))
          : "none",
    };
    const ceiling = new IamPolicy(this, "boundary", {
      name: names.boundary,
      description: "The most that the pipeline's roles can do",
      policy: policyDocument(merged(boundary(arns, apis, this.connection(names)))),
    });
    acceptFindings(ceiling, boundaryFindings);
    for (const environment of names.environments) {
      new IamPolicy(this, `function-boundary-${environment}`, {
        name: names.functionBoundary(environment),
        description: `The most that the roles of the functions in ${environment} can do`,
        policy: policyDocument(functionBoundary(arns, environment)),
      });
    }
    new IamPolicy(this, "function-boundary", {
      name: names.sharedFunctionBoundary,
      description: "The most that the functions' roles can do",
      policy: policyDocument(sharedFunctionBoundary(arns)),
    });
    new TerraformOutput(this, "state_bucket", { value: names.stateBucket });
    if (isBranchPipeline(settings)) return;
    const approvers = new IamPolicy(this, "approvers", {
      name: names.approvers,
      description: "Reads what an execution would do, and approves it",
      policy: policyDocument(approverPermissions(arns)),
    });
    new TerraformOutput(this, "approvers_policy_arn", { value: approvers.arn });
    this.sharedByBranches(arns, backend);
    if (names.serviceAuth === "jwt") this.tokenClients(names);
    this.logs(arns);
    approvalTopic(this, arns, settings.pipeline_approval_email);
    changeNotifications(this, arns, settings.codebuild_role_arn);
    this.readingForPullRequests(settings, arns, repository);
  }

  /** The ARN of the connection to GitHub. Branches use that of the pipeline that delivers to production. */
  private connection({ connection: name, isBranchPipeline: isBranch }: Names): string | undefined {
    if (name === undefined) return undefined;
    if (isBranch) return new DataAwsCodestarconnectionsConnection(this, "connection", { name }).arn;
    const connection = new CodestarconnectionsConnection(this, "connection", {
      name,
      providerType: "GitHub",
    });
    // Pending until the operator has installed GitHub's app for it, which bootstrap checks.
    new TerraformOutput(this, "connection_status", { value: connection.connectionStatus });
    return connection.arn;
  }

  /** The id of an API that bootstrap has created. */
  private apiId(id: string, name: string): string {
    const found = new DataAwsApigatewayv2Apis(this, id, { name, protocolType: "HTTP" });
    // A branch can be deployed beside a pipeline of an earlier bootstrap level, without this API. Several are an error.
    const value = new TerraformLocal(this, `${id}-id`, `\${coalesce(one(${found.fqn}.ids), "none")}`);
    return value.toString();
  }

  /** What branch pipelines use too. */
  private sharedByBranches(arns: Arns, backend: StateStackProps["backend"]): void {
    new PrivateBucket(this, "state", {
      bucketName: arns.names.stateBucket,
      preventDestroy: true,
      // Long enough to notice that a state is wrong and take an older one back. The provider watches S3 for
      // about a minute until it believes the rule: it comes with the move of the state into the bucket,
      // beside the pipeline stack, so that nothing has to wait for it.
      expireOldVersionsAfterDays: backend === "s3" ? 90 : undefined,
    });
    // Its value is put in by `npm run bootstrap`: from here it would end up in this stack's state.
    const secret = new SecretsmanagerSecret(this, "github", {
      name: secretName,
      description:
        "githubAccessToken: reads the repository and manages its webhook; webhookSecret: signs its deliveries",
    });
    acceptFindings(secret, {
      CKV_AWS_149: "Only this account reads it; a customer managed key would be for cross-account access.",
      CKV2_AWS_57: "GitHub issues the token, and only its owner can renew it.",
    });
  }

  /** The secrets with the clients that get tokens for the API: the operator stores their values. */
  private tokenClients(names: Names): void {
    for (const environment of ["dev", releasedEnvironment]) {
      const secret = new SecretsmanagerSecret(this, `service-auth-${environment}`, {
        name: names.serviceAuthSecret(environment),
        description: "clientId and clientSecret: the OAuth client with which a step gets a token for the API",
        // The name is free at once if service_auth changes back. The provider has the values too.
        recoveryWindowInDays: 0,
      });
      acceptFindings(secret, {
        CKV_AWS_149: "Only this account reads it; a customer managed key would be for cross-account access.",
        CKV2_AWS_57: "The OpenID provider issues the client's secret, and only its owner can renew it.",
      });
    }
  }

  /** The permission to write the access logs of all APIs, and the log of approvals. */
  private logs(arns: Arns): void {
    // One for all: CloudWatch Logs has room for ten in a region.
    const writing = new CloudwatchLogResourcePolicy(this, "access-logs", {
      policyName: arns.names.accessLogPolicy,
      policyDocument: policyDocument([...accessLogPolicy(arns), ...approvalLogPolicy(arns)]),
    });
    approvalLog(this, arns, writing);
  }

  /** The role that plans pull requests in GitHub Actions: it reads everything and changes nothing. */
  private readingForPullRequests(
    settings: Settings,
    arns: Arns,
    identity: RepositoryIdentity | undefined,
  ): void {
    if (settings.pipeline_github_oidc === "create") {
      new IamOpenidConnectProvider(this, "github-actions", {
        url: "https://token.actions.githubusercontent.com",
        clientIdList: ["sts.amazonaws.com"],
        // Bootstrap recognizes its own provider by the tag.
        tags: { hw_stack_name: settings.hw_stack_name },
      });
    }
    const repository = new SourceRepository(this, "repository", {
      parameterName: arns.names.repositoryParameter,
      identity,
    });
    const role = new IamRole(this, "diff", {
      name: arns.names.diffRole,
      description: "Plans on pull requests: reads, and changes nothing",
      assumeRolePolicy: policyDocument(diffTrust(arns, repository, settings.pipeline_githubBranch)),
    });
    acceptFindings(role, {
      CKV_AWS_393: "Checkov does not know subjects with ids, which GitHub sends for repositories of today.",
    });
    const policy = new IamRolePolicy(this, `diff-${inlinePolicyName}`, {
      name: inlinePolicyName,
      role: role.name,
      policy: policyDocument(diffPermissions(arns)),
    });
    acceptFindings(policy, {
      CKV_AWS_355: "Lists webhooks and reads subscriptions: AWS does not document a resource for either.",
    });
    new TerraformOutput(this, "diff_role_arn", { value: role.arn });
  }
}
