import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { AssetType, Fn, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import { keptLogGroup } from "./kept-log-group";
import { policyDocument, type Statement, type TrustStatement } from "./policy";

export interface LiveFunctionProps {
  /** The name of the function, its role and its log group. */
  readonly functionName: string;
  /** The zip file with `index.js`, which exports `handler`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the function may do, beside writing its log. */
  readonly statements: readonly Statement[];
  readonly trust: readonly TrustStatement[];
  readonly permissionsBoundary: string;
  readonly alias: string;
  /** Whether a new version is live as soon as it is there. Otherwise something else moves the alias to it. */
  readonly liveAtOnce: boolean;
  readonly description?: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** How many of its calls run at the same time at most; left out: as many as the account has. */
  readonly concurrency?: number;
  /** The queue for events that it could not process, though Lambda has tried each three times in some minutes. */
  readonly failedEvents?: string;
}

/** A Lambda function whose every change is published as a version, and an alias that points to the live one. */
export class LiveFunction extends Construct {
  readonly function: LambdaFunction;
  readonly alias: LambdaAlias;

  constructor(scope: Construct, id: string, props: LiveFunctionProps) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name: props.functionName,
      assumeRolePolicy: policyDocument(props.trust),
      permissionsBoundary: props.permissionsBoundary,
    });
    const permissions = new IamRolePolicy(this, "rights", {
      name: "rights",
      role: role.name,
      policy: policyDocument(props.statements),
    });
    // Made here and not by Lambda at the first call, which would keep the log for ever.
    const log = keptLogGroup(this, "log", `/aws/lambda/${props.functionName}`);
    const asset = new TerraformAsset(this, "bundle", { path: props.bundle, type: AssetType.FILE });
    this.function = new LambdaFunction(this, "function", {
      functionName: props.functionName,
      description: props.description,
      role: role.arn,
      runtime: "nodejs22.x",
      // A fifth cheaper than x86 at the same speed; a bundle is JavaScript alone.
      architectures: ["arm64"],
      handler: "index.handler",
      filename: asset.path,
      sourceCodeHash: Fn.filebase64sha256(asset.path),
      memorySize: props.memoryMegabytes,
      timeout: props.timeoutSeconds,
      environment: { variables: { ...props.environment } },
      reservedConcurrentExecutions: props.concurrency,
      tracingConfig: { mode: "Active" },
      ...(props.failedEvents && { deadLetterConfig: { targetArn: props.failedEvents } }),
      publish: true,
      dependsOn: [permissions, log],
    });
    acceptFindings(this.function, {
      CKV_AWS_115:
        "`service_concurrency` reserves concurrency; without the setting a function shares the account's.",
      CKV_AWS_116:
        "The API is called synchronously: who calls it gets the error, and there is no event to keep.",
      CKV_AWS_117: "It calls S3 and nothing in a VPC.",
      CKV_AWS_173: "The variables are names, no secrets.",
      CKV_AWS_272:
        "The pipeline deploys what UnitTest built, and no other role is allowed to update the code.",
    });
    this.alias = new LambdaAlias(this, "alias", {
      name: props.alias,
      functionName: this.function.functionName,
      functionVersion: this.function.version,
      lifecycle: props.liveAtOnce ? undefined : { ignoreChanges: ["function_version", "routing_config"] },
    });
  }
}
