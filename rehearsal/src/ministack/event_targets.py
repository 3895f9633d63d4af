"""Workarounds for targets that EventBridge delivers to and ministack doesn't; see launcher.py."""

import json
import time
import uuid

from services import log, refusal


def deliver_to_logs():
    """A rule doesn't reach a log group: ministack supports no such target, and drops the event."""
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target

    def invoke_too(target, event, rule, view=None):
        arn = target["Arn"].removesuffix(":*")
        if arn.split(":")[2] != "logs":
            return invoke(target, event, rule, view)
        view = view or eventbridge._pattern_event_view(event)
        _write(arn.split(":log-group:")[1], json.dumps(view.event_with_detail()))

    eventbridge._invoke_target = invoke_too


def _write(group, message):
    """Writes an event to a stream of its own, as EventBridge does."""
    from ministack.services import cloudwatch_logs

    stream = {"logGroupName": group, "logStreamName": str(uuid.uuid4())}
    entry = {"timestamp": int(time.time() * 1000), "message": message}
    for call in (cloudwatch_logs._create_log_stream, cloudwatch_logs._put_log_events):
        status, _, body = call({**stream, "logEvents": [entry]})
        if status != 200:
            return log(f"EventBridge did not write to {group}: {body}")


def log_refusal(service, group_arn, rule_arn):
    """Why EventBridge is not allowed to write to a log group: by CloudWatch Logs' resource policies.

    AWS's policy for it names both of these services:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
    """
    from ministack.services import cloudwatch_logs

    policies = [policy["policyDocument"] for policy in cloudwatch_logs._resource_policies.values()]
    stream = f"{group_arn.removesuffix(':*')}:log-stream:a"
    for writer in (service, "delivery.logs.amazonaws.com"):
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if all(refusal(writer, action, stream, policy, rule_arn) for policy in policies):
                return f"{writer}, for {rule_arn}, is not authorized to perform: {action} on resource: {group_arn}"
    return None


def deliver_to_other_regions():
    """A rule doesn't reach the event bus of another region, only that of its own."""
    from ministack.core.responses import get_account_id, request_scope
    from ministack.services import eventbridge

    dispatch = eventbridge._dispatch_to_event_bus

    def dispatch_there(spec, event, rule, event_path, payload=None):
        if spec.account_id != get_account_id():
            return dispatch(spec, event, rule, event_path, payload)
        with request_scope(spec.account_id, spec.region):
            # The default bus of a region exists before its first use.
            eventbridge._ensure_default_bus()
            dispatch(spec, event, rule, event_path, payload)

    eventbridge._dispatch_to_event_bus = dispatch_there
