"""Workarounds for what services deliver to each other under AUTH=true; see launcher.py. services.py decides.

What is refused is dropped, as on AWS: it is in the emulator's log and, where AWS counts it, in a metric.
"""

import json
import time

from event_targets import log_refusal
from services import function_refusal, key_needs, log, queue_refusal, role_refusal, topic_refusal

# What EventBridge needs to deliver to a target of each service, by the target's own policy or with its role.
_BY_POLICY = {"sns": topic_refusal, "sqs": queue_refusal, "lambda": function_refusal, "logs": log_refusal}
_WITH_ROLE = {
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}

EVENTS = "events.amazonaws.com"


def decide_on_events():
    """A rule reaches every topic, queue and function, whatever its policy and the policy of its key say, and with
    or without a role. What is not delivered counts in no metric."""
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target

    def invoke_allowed(target, event, rule, view=None):
        refused = _event_refusal(target, rule["Arn"])
        _count_invocation(rule["Name"], refused)
        if refused:
            log(f"EventBridge did not deliver to {target['Arn']}: {refused}")
        else:
            invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_allowed


def _event_refusal(target, rule_arn):
    arn = target["Arn"]
    service = arn.split(":")[2]
    if target.get("RoleArn") and service in _WITH_ROLE:
        return role_refusal(EVENTS, target["RoleArn"], rule_arn, _WITH_ROLE[service], arn)
    by_policy = _BY_POLICY.get(service)
    return by_policy(EVENTS, arn, rule_arn) if by_policy else None


def _count_invocation(rule, refused):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""
    from ministack.services import cloudwatch

    for name in ("Invocations", "FailedInvocations") if refused else ("Invocations",):
        cloudwatch.record_metric("AWS/Events", name, 1, "Count", {"RuleName": rule})


def decide_on_alarms():
    """An alarm reaches every topic, whatever its policy and the policy of its key say."""
    from ministack.services import cloudwatch

    dispatch = cloudwatch._dispatch_alarm_actions
    lists = ("AlarmActions", "OKActions", "InsufficientDataActions")

    def dispatch_allowed(alarm, old_state, new_state, reason):
        wanted = {"ALARM": "AlarmActions", "OK": "OKActions"}.get(new_state, "InsufficientDataActions")
        allowed = {name: list(alarm.get(name) or []) for name in lists}
        for topic in [arn for arn in allowed[wanted] if cloudwatch._is_sns_action_arn(arn)]:
            refused = topic_refusal("cloudwatch.amazonaws.com", topic, alarm["AlarmArn"])
            if refused:
                allowed[wanted].remove(topic)
                _record_failed_action(cloudwatch, alarm, topic, refused)
        dispatch({**alarm, **allowed}, old_state, new_state, reason)

    cloudwatch._dispatch_alarm_actions = dispatch_allowed


def _record_failed_action(cloudwatch, alarm, topic, refused):
    summary = f"Failed to execute action {topic}. Received error: {refused}"
    log(f"The alarm {alarm['AlarmName']}: {summary}")
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(time.time()),
            "HistoryItemType": "Action",
            "HistorySummary": summary,
            "HistoryData": json.dumps({"actionState": "Failed", "notificationResource": topic}),
        }
    )


def decide_on_invocations():
    """A bucket, a topic and an HTTP API reach every function, whatever permissions that has been given."""
    from ministack.services import apigateway, s3, sns

    from_bucket, validate = s3._deliver_event_to_lambda, s3._validate_notification_configs
    from_topic, from_api = sns._deliver_to_lambda, apigateway._invoke_lambda_proxy

    def from_bucket_allowed(arn, payload, region):
        bucket = payload["Records"][0]["s3"]["bucket"]["arn"]
        if refused := function_refusal("s3.amazonaws.com", arn, bucket):
            log(f"S3 did not deliver to {arn}: {refused}")
        else:
            from_bucket(arn, payload, region)

    def validate_functions(configs, region, bucket="", skip_destination_validation=False):
        problem = validate(configs, region, bucket, skip_destination_validation)
        if problem or skip_destination_validation or not bucket:
            return problem
        functions = [config["arn"] for config in configs if config["type"] == "lambda"]
        refused = [arn for arn in functions if function_refusal("s3.amazonaws.com", arn, f"arn:aws:s3:::{bucket}")]
        # https://repost.aws/knowledge-center/unable-validate-destination-s3
        message = "Unable to validate the following destination configurations"
        return s3._invalid_notification_config(f"{message}: {', '.join(refused)}") if refused else None

    def from_topic_allowed(endpoint, envelope, topic, *rest):
        if refused := function_refusal("sns.amazonaws.com", endpoint, topic):
            log(f"SNS did not deliver to {endpoint}: {refused}")
        else:
            from_topic(endpoint, envelope, topic, *rest)

    async def from_api_allowed(integration, api_id, stage, path, method, headers, body, query, route, *rest, **more):
        reference = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        if refused := function_refusal("apigateway.amazonaws.com", reference, _route_arn(api_id, stage, route)):
            log(f"API Gateway did not invoke {reference}: {refused}")
            return 500, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}'
        return await from_api(integration, api_id, stage, path, method, headers, body, query, route, *rest, **more)

    s3._deliver_event_to_lambda, s3._validate_notification_configs = from_bucket_allowed, validate_functions
    sns._deliver_to_lambda, apigateway._invoke_lambda_proxy = from_topic_allowed, from_api_allowed


def _route_arn(api_id, stage, route_key):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-using-iam-policies-to-invoke-api.html"""
    from ministack.core.responses import get_account_id, get_region

    place = f"{get_region()}:{get_account_id()}"
    return f"arn:aws:execute-api:{place}:{api_id}/{stage}/{route_key.replace(' /', '/')}"


def decide_with_supplied_keys():
    """Where ministack asks the policy of a queue or a topic, it supplies keys that the real service does not, and
    it never asks the policy of a key."""
    from ministack.services import sns, sqs

    def queue_allows(arn, service, source_arn, source_account):
        return not queue_refusal(service, arn, source_arn)

    def topic_allows(arn, service, source_arn, source_account):
        return not topic_refusal(service, arn, source_arn)

    sqs.queue_policy_allows, sns.topic_policy_allows = queue_allows, topic_allows


def check_keys_of_topics():
    """A caller with permission to publish to a topic needs no permission to use the key that encrypts it."""
    from permissions import require

    def needs(service, action, body, params):
        topic = (params.get("TopicArn") or [""])[0] if action in ("sns:Publish", "sns:PublishBatch") else ""
        return [(name, "kms", key, context) for name, key, context in (key_needs(topic) if topic else [])]

    require(needs)
