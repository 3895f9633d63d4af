import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { AssetType, Fn, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import { ChangeCommit } from "./change-commit";
import { keptLogGroup } from "./kept-log-group";
import { inlinePolicyName, policyDocument, type Statement, type TrustStatement } from "./policy";

export interface VersionedFunctionProps {
  /** The name of the function, its role and its log group. */
  readonly functionName: string;
  /** The zip file with `index.js`, which exports `handler`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The commit, for the variable COMMIT of a version: it stays until something else of the function changes. */
  readonly commit?: string;
  /** The permissions of its role. */
  readonly statements: readonly Statement[];
  readonly trust: readonly TrustStatement[];
  readonly permissionsBoundary: string;
  readonly alias: string;
  /** Whether Terraform moves the alias to each new version. Otherwise something else does. */
  readonly liveImmediately: boolean;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** Its reserved concurrency; default: none. */
  readonly concurrency?: number;
  /** The ARN of the queue for events that failed three times, which is how often Lambda tries an asynchronous call. */
  readonly deadLetterQueue?: string;
}

/** A Lambda function that publishes every change as a version, and an alias that points to the live version. */
export class VersionedFunction extends Construct {
  readonly function: LambdaFunction;
  readonly alias: LambdaAlias;

  constructor(scope: Construct, id: string, props: VersionedFunctionProps) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name: props.functionName,
      assumeRolePolicy: policyDocument(props.trust),
      permissionsBoundary: props.permissionsBoundary,
    });
    const permissions = new IamRolePolicy(this, inlinePolicyName, {
      name: inlinePolicyName,
      role: role.name,
      policy: policyDocument(props.statements),
    });
    // Lambda would create it at the first invocation, without an expiration.
    const log = keptLogGroup(this, "log", `/aws/lambda/${props.functionName}`);
    const asset = new TerraformAsset(this, "bundle", { path: props.bundle, type: AssetType.FILE });
    const versioned = {
      role: role.arn,
      runtime: "nodejs22.x",
      // A fifth cheaper than x86 at the same speed, and a bundle has no native code.
      architectures: ["arm64"],
      handler: "index.handler",
      sourceCodeHash: Fn.filebase64sha256(asset.path),
      memorySize: props.memoryMegabytes,
      timeout: props.timeoutSeconds,
      tracingConfig: { mode: "Active" },
      ...(props.deadLetterQueue && { deadLetterConfig: { targetArn: props.deadLetterQueue } }),
    };
    const commit =
      props.commit === undefined
        ? undefined
        : new ChangeCommit(this, "commit", {
            of: { ...versioned, ...props.environment },
            commit: props.commit,
          });
    this.function = new LambdaFunction(this, "function", {
      ...versioned,
      functionName: props.functionName,
      filename: asset.path,
      environment: { variables: { ...props.environment, ...(commit && { COMMIT: commit.value }) } },
      reservedConcurrentExecutions: props.concurrency,
      publish: true,
      dependsOn: [permissions, log],
    });
    acceptFindings(this.function, {
      CKV_AWS_115:
        "`service_concurrency` reserves concurrency; without the setting a function shares the account's.",
      CKV_AWS_116:
        "A function behind an HTTP API is invoked synchronously: the caller gets the error, and there is no event to keep.",
      CKV_AWS_117: "It uses nothing in a VPC.",
      CKV_AWS_173: "The variables are no secrets.",
      CKV_AWS_272:
        "The pipeline deploys what UnitTest built, and no other role is allowed to update the code.",
    });
    this.alias = new LambdaAlias(this, "alias", {
      name: props.alias,
      functionName: this.function.functionName,
      functionVersion: this.function.version,
      lifecycle: props.liveImmediately
        ? undefined
        : { ignoreChanges: ["function_version", "routing_config"] },
    });
  }
}
