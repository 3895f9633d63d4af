"""Workarounds for the condition keys that decisions and their simulation know under AUTH=true; see launcher.py."""

import re

_API = re.compile(r"arn:[^:]*:apigateway:[^:]*::/apis/([^/]+)")


def supply_names():
    """The ARNs of keys and HTTP APIs contain generated ids, and their names and tags are never supplied: a
    permission that is limited to a name or tag allows nothing."""
    from ministack.core import iam_actions, iam_evaluator
    from resources import parse

    enforce, request_context = iam_evaluator.enforce, iam_actions.request_tag_context

    def enforce_with_names(access_key, action, service, region, resource_arn="*", service_context=None):
        context = {**_names(action, resource_arn), **(service_context or {})}
        return enforce(access_key, action, service, region, resource_arn, context)

    def context_with_names(service, action, body, params):
        context = request_context(service, action, body, params)
        name = parse(body).get("name") if action in ("apigateway:POST", "apigateway:PATCH") else None
        return {**context, "apigateway:Request/ApiName": name} if name else context

    iam_evaluator.enforce = enforce_with_names
    iam_actions.request_tag_context = context_with_names


def _names(action, arn):
    """The names of what exists (Service Authorization Reference: KMS, API Gateway Management V2)."""
    from ministack.services import apigateway, kms

    if action.startswith("kms:"):
        key = arn.rpartition(":key/")[2]
        aliases = [alias.rpartition(":")[2] for alias, of in kms._aliases.items() if of == key]
        return {"kms:ResourceAliases": aliases} if aliases else {}
    # Its name and tags are the API's own, not its routes': these have neither, and inherit tags in REST APIs only.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
    api = _API.fullmatch(arn) if action.startswith("apigateway:") else None
    found = (apigateway._apis.get(api[1]) or {}) if api else {}
    tags = {f"aws:ResourceTag/{key}": value for key, value in (found.get("tags") or {}).items()}
    # Only changing and removing it supply the name.
    named = found.get("name") and action in ("apigateway:PATCH", "apigateway:DELETE")
    return {**tags, "apigateway:Resource/ApiName": found["name"]} if named else tags


def supply_subscription():
    """Neither the protocol nor the endpoint of a subscription is supplied (Service Authorization Reference: SNS):
    a permission to subscribe one address allows none."""
    from ministack.core import iam_actions
    from resources import first

    request_context = iam_actions.request_tag_context

    def context_with_subscription(service, action, body, params):
        context = request_context(service, action, body, params)
        if action != "sns:Subscribe":
            return context
        own = {f"sns:{name}": first(params.get(name)) for name in ("Protocol", "Endpoint")}
        return {**context, **{key: value for key, value in own.items() if value}}

    iam_actions.request_tag_context = context_with_subscription


def supply_source_function():
    """Lambda adds lambda:SourceFunctionArn to the credentials of a function, ministack does not: a permission for
    one function's code allows nothing. Other sessions of the function's role do not have the key: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"""
    from ministack.core import iam_evaluator
    from ministack.services import sts

    enforce = iam_evaluator.enforce

    def enforce_with_function(access_key, action, service, region, resource_arn="*", service_context=None):
        function = (sts._sessions.get(access_key) or {}).get("FunctionArn")
        own = {"lambda:SourceFunctionArn": function} if function else {}
        return enforce(access_key, action, service, region, resource_arn, {**(service_context or {}), **own})

    iam_evaluator.enforce = enforce_with_function


def name_role_of_session():
    """aws:PrincipalArn of a session is the session's ARN. In AWS it is that of its role, which is what policies name:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn"""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    resolve = iam_evaluator._resolve_condition_key

    def resolve_role(key, ctx):
        value = resolve(key, ctx)
        _, is_session, session = str(value).partition(":assumed-role/")
        if key.lower() != "aws:principalarn" or not is_session:
            return value
        role = iam._roles.get_scoped(ctx.principal_account, None, session.split("/")[0])
        return role["Arn"] if role else value

    iam_evaluator._resolve_condition_key = resolve_role


def simulate_as_decided():
    """SimulatePrincipalPolicy leaves out permissions boundaries, the context it is given, and all resources but
    the first: it allows what is refused."""
    from ministack.services import iam

    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = _simulate


def _simulate(params):
    from ministack.core import iam_evaluator
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import iam

    account, arn = get_account_id(), iam._p(params, "PolicySourceArn")
    role = iam._roles.get(arn.rpartition("/")[2])
    if not role or role["Arn"] != arn:
        return iam._error(404, "NoSuchEntity", f"Here only roles are simulated, and {arn} is none.", ns="iam")
    policies = iam_evaluator._gather_role_policies(role["RoleName"], account)
    limits = iam_evaluator._permissions_boundary(iam._roles, role["RoleName"], account)
    context = {
        key.lower(): _one_or_more(_members(params, f"ContextEntries.member.{number}.ContextKeyValues"))
        for number, key in enumerate(_members(params, "ContextEntries", ".ContextKeyName"), 1)
    }
    results = ""
    for action in _members(params, "ActionNames"):
        for resource in _members(params, "ResourceArns") or ["*"]:
            request = iam_evaluator.EvalContext(
                principal_arn=arn,
                principal_type="AssumedRole",
                principal_account=account,
                action=action,
                resource_arn=resource,
                region=get_region(),
                service_context=context,
            )
            decision = iam_evaluator.evaluate(request, policies, *limits).decision
            results += (
                f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>"
                f"<EvalDecision>{_DECISIONS[decision]}</EvalDecision></member>"
            )
    result = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return iam._xml(
        200,
        "SimulatePrincipalPolicyResponse",
        f"<SimulatePrincipalPolicyResult>{result}</SimulatePrincipalPolicyResult>",
    )


_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


def _members(params, name, of=""):
    """The members of a list in a request, which numbers them from one."""
    from ministack.services import iam

    found = []
    while value := iam._p(params, f"{name}.member.{len(found) + 1}{of}"):
        found.append(value)
    return found


def _one_or_more(values):
    return values[0] if len(values) == 1 else values
