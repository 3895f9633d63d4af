/** The permissions that Terraform needs for the resources of both kinds of stacks. */
import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** The actions with which the provider reads a kind of resource: a plan needs no more. */
export const reads = {
  rule: ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource"],
  bucket: ["s3:ListBucket", "s3:GetBucket*", "s3:Get*Configuration"],
  roles: ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
};

/** A stack's own state and its lock, and no other. */
export function ownState(arns: Arns, stackId: string): Statement[] {
  const bucket = arns.bucket(arns.names.stateBucket);
  const key = `${bucket}/${arns.names.stateKey(stackId)}`;
  return [
    allow("s3:ListBucket", bucket, "Terraform checks whether there is a state yet."),
    allow(["s3:GetObject", "s3:PutObject"], key, "The stack's own state, and no other."),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      `${key}.tflock`,
      "The lock on that state, which Terraform removes when it is done.",
    ),
    allow(
      "s3:PutObject",
      arns.erroredStates(stackId),
      "A state that could not be written is saved here, beside the artifacts, for the operator: no step is allowed to read it.",
    ),
  ];
}

export const bucketReads =
  "The bucket's settings, not its objects. The provider reads all settings of a bucket, including those that the stack does not use.";

export function findAlarms(arns: Arns): Statement {
  return allow(
    "cloudwatch:DescribeAlarms",
    arns.of("cloudwatch", "alarm:*"),
    "CloudWatch checks DescribeAlarms against all alarms, whichever are asked for.",
  );
}

/** Log groups, without their events. */
export function manageLogs(arns: Arns, ...groups: readonly string[]): Statement[] {
  return [
    allow(
      ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:ListTagsForResource"],
      groups.flatMap((group) => [arns.logGroup(group), arns.logStreams(group)]),
      "Log groups and their retention, not their events. No step is allowed to delete one. AWS writes a group's ARN with and without the suffix.",
    ),
    findLogGroups,
  ];
}

/** The provider finds a group by listing. */
export const findLogGroups = allow(
  "logs:DescribeLogGroups",
  "*",
  "Listing log groups has no resource-level permissions.",
);

/**
 * Roles, created, changed and deleted only with this boundary. All of these requests have the condition key:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export function manageRoles(roles: string, boundary: string): Statement[] {
  return [
    allow(reads.roles, roles, "Reads the stack's roles, including future ones."),
    {
      ...allow(
        [
          "iam:CreateRole",
          "iam:DeleteRole",
          "iam:PutRolePolicy",
          "iam:DeleteRolePolicy",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRoleDescription",
        ],
        roles,
        "Creates, changes and deletes roles, only with this boundary.",
      ),
      Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } },
    },
    allow(
      "iam:ListInstanceProfilesForRole",
      roles,
      "The provider lists the instance profiles of a role before it deletes it.",
    ),
  ];
}

/** Gives this boundary to roles that were created with another. Until they have it, nothing else about them can be changed. */
export function replaceBoundary(roles: string, boundary: string): Statement {
  return {
    ...allow("iam:PutRolePermissionsBoundary", roles, "Gives roles this boundary, and no other."),
    Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } },
  };
}

/** Passes roles to one service and to no other. */
export function passRole(roles: string, service: string): Statement {
  return {
    ...allow("iam:PassRole", roles, "Passes these roles to this service and to no other."),
    Condition: { StringEquals: { "iam:PassedToService": service } },
  };
}
