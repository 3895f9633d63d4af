"""Workarounds for what IAM decides under AUTH=true; see launcher.py.

ministack looks its functions up in their modules at every request, which is where these take hold.
"""

import contextvars
import dataclasses
import functools

from resources import first, parameter_arns, parse

# What a request needs besides its own action, as (action, service, resource, condition keys), with None for
# the request's own resource and keys; handed from the function that sees the body to the one that decides.
_CHECKS = "heavy-water:checks"

# The action and resource that refused the current request, when they are not the request's own.
_refused = contextvars.ContextVar("heavy_water_refused", default=None)

# The requests that carry iam:PermissionsBoundary (Service Authorization Reference, IAM) ...
_WITH_NEW_BOUNDARY = {"CreateRole", "PutRolePermissionsBoundary"}
# ... and those that have the boundary of the role they change. The last four have it in the reference of 2026:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
_WITH_BOUNDARY_OF_ROLE = {
    "AttachRolePolicy",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "DeleteRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "UpdateRoleDescription",
}

# What a request that makes something needs besides if it also gives it tags.
_TAGGING = {
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    "events:PutRule": "events:TagResource",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "lambda:CreateFunction": "lambda:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
    "sns:CreateTopic": "sns:TagResource",
    "ssm:PutParameter": "ssm:AddTagsToResource",
}


def supply_permissions_boundary():
    """The condition key iam:PermissionsBoundary is never supplied, so a permission to
    create roles with a boundary allows none."""
    from ministack.services import iam

    def boundary(service, action, body, params):
        operation = action.partition(":")[2]
        if service != "iam":
            return {}
        if operation in _WITH_NEW_BOUNDARY:
            arn = first(params.get("PermissionsBoundary"))
        elif operation in _WITH_BOUNDARY_OF_ROLE:
            arn = (iam._roles.get(first(params.get("RoleName"))) or {}).get("PermissionsBoundary")
        else:
            arn = None
        return {"iam:PermissionsBoundary": arn} if arn else {}

    _add_context(boundary)


def enforce_pass_role():
    """A function or a rule can get any role: iam:PassRole is not checked."""

    def pass_role(service, action, body, params):
        request = parse(body) if service in ("lambda", "events") else {}
        if action in ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"):
            roles = [request.get("Role")]
        elif action == "events:PutTargets":
            roles = [target.get("RoleArn") for target in request.get("Targets") or []]
        else:
            roles = []
        to = {"iam:PassedToService": f"{service}.amazonaws.com"}
        return {_CHECKS: [("iam:PassRole", "iam", role, to) for role in roles if role]}

    _add_context(pass_role)
    _decide_checks_too()


def check_every_parameter():
    """GetParameters and DeleteParameters are checked once, whatever the number of parameters."""
    from ministack.core.responses import get_account_id, get_region

    def others(service, action, body, params):
        if service != "ssm":
            return {}
        arns = parameter_arns(action.partition(":")[2], body, f"{get_region()}:{get_account_id()}")
        return {_CHECKS: [(action, "ssm", arn, {}) for arn in arns[1:]]}

    _add_context(others)
    _decide_checks_too()


def check_tags_of_new():
    """Creating a resource with tags does not need the permission to tag it."""

    def tagging(service, action, body, params):
        request = parse(body)
        tagged = request.get("Tags") or request.get("tags") or any(name.startswith("Tags.") for name in params)
        needed = _TAGGING.get(action)
        return {_CHECKS: [(needed, service, None, None)]} if needed and tagged else {}

    _add_context(tagging)
    _decide_checks_too()


def check_lambda_trust():
    """A function can get a role that does not trust Lambda, which AWS refuses."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    validate = iam_evaluator.validate_role_arn

    # Other services (ECS, Step Functions ...) have their roles validated here too; a rehearsal has none.
    def validate_for_lambda(arn):
        problem = validate(arn)
        role = iam._roles.get((arn or "").rpartition("/")[2])
        if problem or not role or _trusts_lambda(parse(role["AssumeRolePolicyDocument"])):
            return problem
        return "The role defined for the function cannot be assumed by Lambda."

    iam_evaluator.validate_role_arn = validate_for_lambda


def supply_service_source():
    """A service that assumes a role supplies the account and the resource that it acts for, for conditions of the
    trust policy. The services that are emulated outside ministack assume roles as the account's root, and
    pass the source as ExternalId, because AssumeRole has no parameter for it."""
    from ministack.core import iam_evaluator

    evaluate = iam_evaluator.evaluate_trust_policy

    def with_source(trust, caller, context=None):
        source = (context.service_context or {}).get("sts:externalid") if context else None
        if source and source.startswith("arn:") and caller.endswith(":root"):
            keys = {"aws:sourcearn": source, "aws:sourceaccount": source.split(":")[4]}
            context = dataclasses.replace(context, service_context={**context.service_context, **keys})
        return evaluate(trust, caller, context)

    iam_evaluator.evaluate_trust_policy = with_source


def count_loopback_as_tls():
    """Requests come as plain HTTP and never leave this machine; in AWS the same ones come by TLS, which
    bucket policies demand (aws:SecureTransport)."""
    from ministack.core import iam_evaluator

    pin = iam_evaluator.pin_request_origin
    iam_evaluator.pin_request_origin = lambda source_ip, secure_transport: pin(source_ip, True)


def name_denied_resource():
    """Most refusals don't name the resource, as AWS's do: the first thing to know when a policy is too
    narrow."""
    from ministack.core import iam_actions

    respond = iam_actions.access_denied_response

    def name_resource(service, action, principal, request_id, **details):
        own = not (details.get("message") or details.get("error_code") or details.get("resource_policy_arn"))
        if own:
            resource, deny = details.get("resource_arn", "*"), details.get("explicit_deny", False)
            details["message"] = iam_actions.identity_denial_message(action, principal, resource, deny)
        return respond(service, action, principal, request_id, **details)

    iam_actions.access_denied_response = name_resource


def require(needs):
    """Makes a request need what `needs` says besides its own action, as (action, service, resource, condition keys)."""
    _add_context(lambda *request: {_CHECKS: needs(*request)})
    _decide_checks_too()


def _add_context(supply):
    """Lets `supply` add to the condition keys of a request; checks of several of them add up."""
    from ministack.core import iam_actions

    original = iam_actions.request_tag_context

    def context(service, action, body, params):
        before, own = original(service, action, body, params), supply(service, action, body, params)
        checks = before.get(_CHECKS, []) + own.get(_CHECKS, [])
        return {**before, **own, **({_CHECKS: checks} if checks else {})}

    iam_actions.request_tag_context = context


# Cached: two workarounds need it, and it must wrap the functions once.
@functools.cache
def _decide_checks_too():
    """Makes the decision on a request include its further checks, and the refusal name the one that failed."""
    from ministack.core import iam_actions, iam_evaluator

    enforce, respond = iam_evaluator.enforce, iam_actions.access_denied_response

    def all_of(access_key, action, service, region, resource_arn="*", service_context=None):
        context = dict(service_context or {})
        checks = context.pop(_CHECKS, [])
        denied = enforce(access_key, action, service, region, resource_arn, context)
        for check_action, check_service, arn, keys in checks:
            if denied:
                break
            arn, keys = arn or resource_arn, context if keys is None else keys
            denied = enforce(access_key, check_action, check_service, region, arn, keys)
            if denied:
                _refused.set((check_action, arn))
        return denied

    def name_check(service, action, principal, request_id, **details):
        check = _refused.get()
        _refused.set(None)
        if check:
            action, details["resource_arn"] = check
        return respond(service, action, principal, request_id, **details)

    iam_evaluator.enforce = all_of
    iam_actions.access_denied_response = name_check


def _trusts_lambda(policy):
    return any(
        statement.get("Effect") == "Allow"
        and isinstance(statement.get("Principal"), dict)
        and "lambda.amazonaws.com" in _list(statement["Principal"].get("Service"))
        for statement in _list(policy.get("Statement"))
    )


def _list(value):
    return value if isinstance(value, list) else [] if value is None else [value]
