import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { DataAwsRegion } from "@cdktf/provider-aws/lib/data-aws-region";
import { Construct } from "constructs";

/** Where a stack is deployed, from the credentials when Terraform runs. */
export interface Location {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** The account, region and partition of the credentials that deploy the stack. */
export class Account extends Construct implements Location {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;

  constructor(scope: Construct) {
    super(scope, "account");
    this.partition = new DataAwsPartition(this, "partition").partition;
    this.region = new DataAwsRegion(this, "region").name;
    this.accountId = new DataAwsCallerIdentity(this, "caller").accountId;
  }
}
