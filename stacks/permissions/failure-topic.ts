import type { Statement } from "../constructs/policy";
import type { Arns } from "./arns";

const publishers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"];

const itself = "In a key's policy `*` is the key itself.";

/** The key: alarms and EventBridge of this account may encrypt with it; the account's own policies decide the rest. */
export function failureKeyPolicy(arns: Arns): Statement[] {
  return [
    {
      Effect: "Allow",
      Principal: { AWS: arns.root },
      Action: "kms:*",
      Resource: "*",
      why: `A key nobody may administer can never be changed or removed again. ${itself}`,
    },
    {
      Effect: "Allow",
      Principal: { Service: publishers },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": arns.at.accountId } },
      why: `Who publishes to the topic encrypts with its key, and only for this account. ${itself}`,
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
      why: "The alarms and the rule of this account tell of failures.",
    },
  ];
}
