import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { inlinePolicyName, policyDocument, type Statement, type TrustStatement } from "./policy";

export interface ServiceRoleProps {
  readonly roleName: string;
  readonly description: string;
  readonly trust: readonly TrustStatement[];
  readonly statements: readonly Statement[];
  /** The boundary of a role that a build creates. */
  readonly permissionsBoundary?: string;
}

/** A role for one AWS service, with its permissions inline, so that no other policy changes them. */
export class ServiceRole extends Construct {
  readonly arn: string;
  /** Its permissions, for resources that depend on them. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name: props.roleName,
      description: props.description,
      assumeRolePolicy: policyDocument(props.trust),
      permissionsBoundary: props.permissionsBoundary,
    });
    this.policy = new IamRolePolicy(this, inlinePolicyName, {
      name: inlinePolicyName,
      role: role.name,
      policy: policyDocument(props.statements),
    });
    this.arn = role.arn;
  }
}
