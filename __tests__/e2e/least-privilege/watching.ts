import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DisableAlarmActionsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AddPermissionCommand,
  DeleteTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { type Attempt, attempt, type Config, noRole, of } from "./attempt";

const SELF_UPDATE = ["pipeline-SelfUpdate"];

const cloudwatch = (config: Config) => new CloudWatchClient(config);
const AlarmName = "hw-UnitTest-failed";
const AlarmNames = [AlarmName];
const alarm = of("cloudwatch", `alarm:${AlarmName}`);

const alarms: readonly Attempt[] = [
  attempt("silence an alarm", ["cloudwatch:DisableAlarmActions", alarm], noRole, (to) =>
    cloudwatch(to).send(new DisableAlarmActionsCommand({ AlarmNames })),
  ),
  attempt("call an alarm off", ["cloudwatch:SetAlarmState", alarm], noRole, (to) =>
    cloudwatch(to).send(new SetAlarmStateCommand({ AlarmName, StateValue: "OK", StateReason: "mine" })),
  ),
  attempt("remove an alarm", ["cloudwatch:DeleteAlarms", alarm], SELF_UPDATE, (to) =>
    cloudwatch(to).send(new DeleteAlarmsCommand({ AlarmNames })),
  ),
  attempt(
    "remove an alarm of others",
    ["cloudwatch:DeleteAlarms", of("cloudwatch", "alarm:bill")],
    noRole,
    (to) => cloudwatch(to).send(new DeleteAlarmsCommand({ AlarmNames: ["bill"] })),
  ),
  attempt(
    "remove an alarm on production's new version",
    ["cloudwatch:DeleteAlarms", of("cloudwatch", "alarm:hw-prod-api-errors")],
    ["pipeline-DeployOnProd"],
    (to) => cloudwatch(to).send(new DeleteAlarmsCommand({ AlarmNames: ["hw-prod-api-errors"] })),
  ),
  attempt("let an alarm wait for more", ["cloudwatch:PutMetricAlarm", alarm], SELF_UPDATE, (to) =>
    cloudwatch(to).send(
      new PutMetricAlarmCommand({
        AlarmName,
        EvaluationPeriods: 1,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 1000,
        Namespace: "AWS/CodeBuild",
        MetricName: "FailedBuilds",
        Statistic: "Sum",
        Period: 60,
      }),
    ),
  ),
];

const sns = (config: Config) => new SNSClient(config);
const TopicArn = of("sns", "hw-codebuild-failed-sns");
const SubscriptionArn = `${TopicArn}:00000000-0000-0000-0000-000000000000`;

const topic: readonly Attempt[] = [
  attempt("remove the topic", ["sns:DeleteTopic", TopicArn], noRole, (to) =>
    sns(to).send(new DeleteTopicCommand({ TopicArn })),
  ),
  attempt("end a subscription", ["sns:Unsubscribe", "*"], noRole, (to) =>
    sns(to).send(new UnsubscribeCommand({ SubscriptionArn })),
  ),
  attempt("listen to the topic", ["sns:Subscribe", TopicArn], noRole, (to) =>
    sns(to).send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "mine@example.com" })),
  ),
  attempt("tell a lie to the topic", ["sns:Publish", TopicArn], noRole, (to) =>
    sns(to).send(new PublishCommand({ TopicArn, Message: "OK" })),
  ),
  attempt("stop publishing to the topic", ["sns:SetTopicAttributes", TopicArn], noRole, (to) =>
    sns(to).send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue: "{}" })),
  ),
  attempt("let anybody publish to the topic", ["sns:AddPermission", TopicArn], noRole, (to) =>
    sns(to).send(
      new AddPermissionCommand({
        TopicArn,
        Label: "mine",
        AWSAccountId: ["999999999999"],
        ActionName: ["Publish"],
      }),
    ),
  ),
  attempt("encrypt the topic with another key", ["sns:SetTopicAttributes", TopicArn], noRole, (to) =>
    sns(to).send(
      new SetTopicAttributesCommand({ TopicArn, AttributeName: "KmsMasterKeyId", AttributeValue: "" }),
    ),
  ),
];

const key = of("kms", "key/00000000-0000-0000-0000-000000000000");
const failures = { "kms:ResourceAliases": "alias/hw-failures" };

/** A key's id is made up by AWS: a key is known by its alias. */
const keys: readonly Attempt[] = [
  attempt("change who may use the topic's key", ["kms:PutKeyPolicy", key, failures], noRole),
  attempt("let somebody else use the topic's key", ["kms:CreateGrant", key, failures], noRole),
  attempt("describe the topic's key otherwise", ["kms:UpdateKeyDescription", key, failures], noRole),
  attempt(
    "change who may use another key",
    ["kms:PutKeyPolicy", key, { "kms:ResourceAliases": "alias/mine" }],
    noRole,
  ),
  attempt("change who may use a key without a name", ["kms:PutKeyPolicy", key], noRole),
  attempt("read with the topic's key", ["kms:Decrypt", key, failures], noRole),
  attempt("disable the topic's key", ["kms:DisableKey", key, failures], noRole),
  attempt("remove the topic's key", ["kms:ScheduleKeyDeletion", key, failures], noRole),
  attempt("give the key's name to another", ["kms:UpdateAlias", of("kms", "alias/hw-failures")], noRole),
  attempt("take the key's name from it", ["kms:DeleteAlias", of("kms", "alias/hw-failures")], noRole),
  attempt("give another key the name", ["kms:CreateAlias", key], noRole),
];

const events = (config: Config) => new EventBridgeClient(config);
const Rule = "hw-pipeline-failed";
const rule = of("events", `rule/${Rule}`);

const rules: readonly Attempt[] = [
  attempt("disable the rule on failed executions", ["events:DisableRule", rule], noRole, (to) =>
    events(to).send(new DisableRuleCommand({ Name: Rule })),
  ),
  attempt("remove the rule on failed executions", ["events:DeleteRule", rule], noRole, (to) =>
    events(to).send(new DeleteRuleCommand({ Name: Rule })),
  ),
  attempt("let the rule tell noRole", ["events:RemoveTargets", rule], noRole, (to) =>
    events(to).send(new RemoveTargetsCommand({ Rule, Ids: ["mine"] })),
  ),
  attempt("let the rule tell somebody else", ["events:PutTargets", rule], SELF_UPDATE, (to) =>
    events(to).send(new PutTargetsCommand({ Rule, Targets: [{ Id: "mine", Arn: TopicArn }] })),
  ),
  attempt("send an event", ["events:PutEvents", of("events", "event-bus/default")], noRole, (to) =>
    events(to).send(
      new PutEventsCommand({ Entries: [{ Source: "mine", DetailType: "mine", Detail: "{}" }] }),
    ),
  ),
];

/** How something that the state stack deploys could be kept from telling what people have changed or approved. */
const hidden: readonly Attempt[] = [
  ["changes", "hw-changes", "hw-changes-not-notified"],
  ["approvals", "hw-approvals", "hw-approvals-not-logged"],
].flatMap(([what, Name = "", alarmName = ""]) => {
  const resource = of("events", `rule/${Name}`);
  const logGroupName = `/aws/events/${Name}`;
  return [
    attempt(`hide ${what}: disable the rule`, ["events:DisableRule", resource], noRole, (to) =>
      events(to).send(new DisableRuleCommand({ Name })),
    ),
    attempt(`hide ${what}: change the rule`, ["events:PutRule", resource], noRole, (to) =>
      events(to).send(new PutRuleCommand({ Name, EventPattern: '{"source":["mine"]}' })),
    ),
    attempt(`hide ${what}: remove the target`, ["events:RemoveTargets", resource], noRole, (to) =>
      events(to).send(new RemoveTargetsCommand({ Rule: Name, Ids: ["topic", "log"] })),
    ),
    attempt(
      `hide ${what}: remove the alarm`,
      ["cloudwatch:DeleteAlarms", of("cloudwatch", `alarm:${alarmName}`)],
      noRole,
      (to) => cloudwatch(to).send(new DeleteAlarmsCommand({ AlarmNames: [alarmName] })),
    ),
    attempt(
      `hide ${what}: remove the log`,
      ["logs:DeleteLogGroup", of("logs", `log-group:${logGroupName}`)],
      noRole,
      (to) => new CloudWatchLogsClient(to).send(new DeleteLogGroupCommand({ logGroupName })),
    ),
    attempt(
      `hide ${what}: keep the log for a day`,
      ["logs:PutRetentionPolicy", of("logs", `log-group:${logGroupName}`)],
      noRole,
      (to) =>
        new CloudWatchLogsClient(to).send(
          new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }),
        ),
    ),
  ];
});

/** Who watches must hear of what fails, and noRole may make that stop. */
export const watching: readonly Attempt[] = [...alarms, ...topic, ...keys, ...rules, ...hidden];
