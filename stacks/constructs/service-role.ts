import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { policyDocument, type Statement, type TrustStatement } from "./policy";

export interface ServiceRoleProps {
  readonly roleName: string;
  readonly description: string;
  readonly trust: readonly TrustStatement[];
  readonly statements: readonly Statement[];
  /** That of roles that a build makes. */
  readonly permissionsBoundary?: string;
}

/** A role for one AWS service, with its permissions inline: nobody else's change can widen it. */
export class ServiceRole extends Construct {
  readonly arn: string;
  /** Its permissions, for what must wait for them. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name: props.roleName,
      description: props.description,
      assumeRolePolicy: policyDocument(props.trust),
      permissionsBoundary: props.permissionsBoundary,
    });
    this.policy = new IamRolePolicy(this, "rights", {
      name: "rights",
      role: role.name,
      policy: policyDocument(props.statements),
    });
    this.arn = role.arn;
  }
}
