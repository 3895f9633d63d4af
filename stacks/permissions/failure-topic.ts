import type { Statement } from "../constructs/policy";
import type { Arns } from "./arns";

const publishers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"];

/** The key: alarms and EventBridge of this account may encrypt with it; the account's own policies decide the rest. */
export function failureKeyPolicy(arns: Arns): Statement[] {
  return [
    {
      Effect: "Allow",
      Principal: { AWS: arns.root },
      // A key nobody may administer can never be changed or removed again.
      Action: "kms:*",
      // In a key's policy this is the key itself, here and below.
      Resource: "*",
    },
    {
      Effect: "Allow",
      Principal: { Service: publishers },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": arns.at.accountId } },
    },
  ];
}

/** The topic: alarms and the rule of this account may publish. */
export function failureTopicPolicy(arns: Arns): Statement[] {
  return [
    {
      Effect: "Allow",
      Principal: { Service: publishers },
      Action: "sns:Publish",
      Resource: arns.failureTopic,
      Condition: { StringEquals: { "aws:SourceAccount": arns.at.accountId } },
    },
  ];
}
