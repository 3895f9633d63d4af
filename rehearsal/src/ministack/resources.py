"""Workarounds for the actions and ARNs that a request is checked as under AUTH=true; see launcher.py.

Where ministack has no ARN it checks against "*", which a policy with named resources never allows.
The ARNs are those of the Service Authorization Reference.
"""

import json
import re

_ALIAS = re.compile(r"/functions/[^/]+/aliases/[^/]+$")
_PROVISIONED = re.compile(r"/functions/[^/]+/provisioned-concurrency$")
_EVENT_INVOKE = re.compile(r"/functions/[^/]+/event-invoke-config$")
_EVENT_INVOKE_ACTIONS = {
    "GET": "lambda:GetFunctionEventInvokeConfig",
    "PUT": "lambda:PutFunctionEventInvokeConfig",
    "POST": "lambda:UpdateFunctionEventInvokeConfig",
    "DELETE": "lambda:DeleteFunctionEventInvokeConfig",
}


def check_alias_actions():
    """Reading, changing and deleting a function's alias are all checked as lambda:ListAliases, reading its provisioned
    concurrency as lambda:GetFunction, and what is about its asynchronous invocations as the same for the function."""
    from ministack.core import iam_actions

    extract = iam_actions.extract_iam_action

    def action(service, method, path, headers, body, params):
        if service == "lambda" and _ALIAS.search(path):
            return {"PUT": "lambda:UpdateAlias", "DELETE": "lambda:DeleteAlias"}.get(method, "lambda:GetAlias")
        if service == "lambda" and method == "GET" and _PROVISIONED.search(path):
            return "lambda:GetProvisionedConcurrencyConfig"
        if service == "lambda" and _EVENT_INVOKE.search(path):
            return _EVENT_INVOKE_ACTIONS.get(method)
        return extract(service, method, path, headers, body, params)

    iam_actions.extract_iam_action = action


def check_resource_arns():
    """CreateFunction, CreatePolicy, several parameters, a rule's targets, the lists of log groups and alarms,
    the deletion of alarms, identity providers, and the tags of topics, alarms and rules are checked against "*"; a role's path and a log group's ending are left out; the rules of the
    default bus have its name in their ARN, which AWS leaves out."""
    from ministack.core import iam_actions

    extract = iam_actions.extract_resource_arn

    def arn(service, method, path, headers, body, params, region, account):
        original = extract(service, method, path, headers, body, params, region, account)
        find = _ARNS.get(service)
        if not find:
            return original
        action = iam_actions.extract_iam_action(service, method, path, headers, body, params) or ""
        request = {name: first(value) for name, value in params.items()} | parse(body)
        return find(action.partition(":")[2], request, original, f"{region}:{account}") or original

    iam_actions.extract_resource_arn = arn


def parameter_arns(action, body, place):
    """The parameters a request for several of them names; a path counts as a parameter, as in AWS."""
    request = parse(body) if isinstance(body, (bytes, str)) else body
    if action == "GetParametersByPath":
        names = [request.get("Path")]
    elif action in ("GetParameters", "DeleteParameters"):
        names = request.get("Names") or []
    else:
        names = []
    return [_parameter_arn(name, place) for name in names if isinstance(name, str) and name]


def _parameter_arn(name, place):
    if name.startswith("arn:"):
        return name
    # A version or label after a colon is not part of the name.
    return f"arn:aws:ssm:{place}:parameter/{name.partition(':')[0].lstrip('/')}"


def _parameters(action, request, original, place):
    return next(iter(parameter_arns(action, request, place)), None)


def _functions(action, request, original, place):
    name = request.get("FunctionName")
    return f"arn:aws:lambda:{place}:function:{name}" if action == "CreateFunction" and name else None


def _identities(action, request, original, place):
    from ministack.services import iam

    account, path = place.partition(":")[2], request.get("Path") or "/"
    if action == "CreateRole":
        return f"arn:aws:iam::{account}:role{path}{request.get('RoleName')}"
    if action == "CreatePolicy":
        return f"arn:aws:iam::{account}:policy{path}{request.get('PolicyName')}"
    if request.get("OpenIDConnectProviderArn"):
        return request["OpenIDConnectProviderArn"]
    role = iam._roles.get(request.get("RoleName"))
    return role and role["Arn"]


def _rules(action, request, original, place):
    rule = original if ":rule/" in original else None
    if action in ("PutTargets", "RemoveTargets", "ListTargetsByRule"):
        bus = request.get("EventBusName") or "default"
        rule = f"arn:aws:events:{place}:rule/{bus}/{request.get('Rule')}"
    rule = rule or request.get("ResourceARN")
    return rule and rule.replace(":rule/default/", ":rule/")


def _log_groups(action, request, original, place):
    if action == "DescribeLogGroups":
        return f"arn:aws:logs:{place}:log-group::log-stream:"
    # AWS decides on one of a group's streams, or on an empty one; requests about tags are the exception.
    if request.get("resourceArn") or ":log-group:" not in original or ":log-stream:" in original:
        return None
    return f"{original}:log-stream:{request.get('logStreamName') or ''}"


def _alarms(action, request, original, place):
    if action == "DescribeAlarms":
        return f"arn:aws:cloudwatch:{place}:alarm:*"
    # Of several alarms the first: nothing here deletes more than one at a time.
    name = request.get("AlarmNames.member.1") or first(request.get("AlarmNames"))
    if action == "DeleteAlarms" and name:
        return f"arn:aws:cloudwatch:{place}:alarm:{name}"
    return request.get("ResourceARN")


_ARNS = {
    "events": _rules,
    "iam": _identities,
    "lambda": _functions,
    "logs": _log_groups,
    "monitoring": _alarms,
    "sns": lambda action, request, original, place: request.get("ResourceArn"),
    "ssm": _parameters,
}


def parse(body):
    """A JSON request's members; none if it is something else."""
    try:
        value = json.loads(body or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def first(value):
    return value[0] if isinstance(value, list) else value
