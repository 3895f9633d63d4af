"""Workarounds for access logs of HTTP APIs; see launcher.py."""

from services import refusal

DELIVERY = "delivery.logs.amazonaws.com"


def need_policy():
    """A stage gets an access log that the delivery service is not allowed to write. API Gateway has CloudWatch Logs' delivery service
    write it, by a resource policy that it creates itself, with the caller's permissions, where there is none yet.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
    AWS says only "Insufficient permissions to enable logging"; here the refusal names the permission.
    """
    from permissions import require
    from resources import parse

    def needs(service, action, body, params):
        if action not in ("apigateway:POST", "apigateway:PATCH"):
            return []
        group = (parse(body).get("accessLogSettings") or {}).get("destinationArn")
        if not group or _is_writable(group.removesuffix(":*")):
            return []
        return [("logs:PutResourcePolicy", "logs", "*", {})]

    require(needs)


def _is_writable(group):
    """Whether the delivery service is allowed to write a log group."""
    from ministack.services import cloudwatch_logs

    source = ":".join(group.split(":")[:5]) + ":delivery"
    policies = [policy["policyDocument"] for policy in cloudwatch_logs._resource_policies.values()]
    return all(
        any(not refusal(DELIVERY, action, f"{group}:log-stream:a", policy, source) for policy in policies)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    )
