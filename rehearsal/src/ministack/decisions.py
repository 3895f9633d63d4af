"""IAM's decisions under AUTH=true, for the services that are emulated outside ministack; see launcher.py."""

import base64
import contextvars
import hashlib
import json
from urllib.parse import parse_qs

AUTHORIZATION_PATH = "/_rehearsal/authorization"
DECISIONS_PATH = "/_rehearsal/decisions"

# Different decisions that are kept. A rehearsal has some hundreds; this only bounds what a runaway could take.
DECISIONS = 20_000

# The last evaluation of the current request: what was asked, the identity's policies, and what limits them.
_evaluation = contextvars.ContextVar("heavy_water_evaluation", default=None)

# How often each decision was taken, by role or user, action, resource and outcome.
_decisions: dict[tuple[str, str, str, bool], int] = {}


def keep_decisions():
    """ministack does not record which permissions were used. Every decision on a role or user is counted, and
    GET /_rehearsal/decisions lists them; root needs no permissions, so there are no decisions on it."""
    from ministack.core import iam_evaluator

    evaluate, enforce = iam_evaluator.evaluate, iam_evaluator.enforce

    def evaluated(ctx, policies, *limits):
        if not _evaluation.get():
            _evaluation.set((ctx, policies, limits))
        return evaluate(ctx, policies, *limits)

    def counted(*args, **kwargs):
        # The first evaluation is the identity's; a resource's own policy may be evaluated after it.
        _evaluation.set(None)
        denied = enforce(*args, **kwargs)
        if asked := _evaluation.get():
            _count(asked[0], not denied)
        return denied

    def listed(method, path, body):
        if (method, path) != ("GET", DECISIONS_PATH):
            return None
        names = ("principal", "action", "resource", "allowed")
        return [dict(zip(names, decision), count=count) for decision, count in _decisions.items()]

    iam_evaluator.evaluate = evaluated
    iam_evaluator.enforce = counted
    _answer(listed)


def name_denying_policy():
    """A refusal blames the identity's own policies also where a permissions boundary or a session policy
    refused, which is the wrong place to look."""
    from ministack.core import iam_actions

    message = iam_actions.identity_denial_message

    def name_policy(action, principal_arn, resource, explicit_deny):
        kind = _limit_that_denies(explicit_deny)
        if not kind:
            return message(action, principal_arn, resource, explicit_deny)
        refused = f"User: {principal_arn} is not authorized to perform: {action} on resource: {resource}"
        if explicit_deny:
            return f"{refused} with an explicit deny in a {kind}"
        return f"{refused} because no {kind} allows the {action} action"

    iam_actions.identity_denial_message = name_policy


def decide_for_services():
    """Requests that ministack does not answer itself can't be checked by it. POST /_rehearsal/authorization
    takes such a request as it arrived, and the permissions it needs, and answers who has signed it and what refuses
    it, if anything. Instead of a request it takes the access key of a session for which a service acts."""

    def authorized(method, path, body):
        return _authorize(json.loads(body)) if (method, path) == ("POST", AUTHORIZATION_PATH) else None

    _answer(authorized)


def _authorize(question):
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator, sigv4
    from ministack.core.responses import get_account_id, set_request_account_id

    key, region = _sign_in(question)
    set_request_account_id(app._request_account_scope(key) if key else key)
    request = question.get("request")
    headers = {name.lower(): value for name, value in request["headers"]} if request else {}
    if request and not is_hash_of_body(headers.get("x-amz-content-sha256"), base64.b64decode(request["body"])):
        code = "InvalidSignatureException"
        return {"refusal": {"code": code, "status": 400, "message": sigv4.SIGNATURE_MISMATCH}}
    for right in question["permissions"]:
        action, resource = right["action"], right["resource"]
        service = action.partition(":")[0]
        denied = iam_evaluator.enforce(key, action, service, region, resource, right.get("conditions"))
        if isinstance(denied, iam_evaluator.AuthError):
            headers = {"x-amz-target": "JSON"}
            code, status, message = iam_actions._auth_failure(service, denied.code, denied.message, headers)
            return {"refusal": {"code": code, "status": status, "message": message}}
        if denied:
            explicit = denied.decision == "Deny"
            message = iam_actions.identity_denial_message(action, denied.principal_arn, resource, explicit)
            return {"refusal": {"code": "AccessDeniedException", "status": 400, "message": message}}
    return {"caller": iam_evaluator.resolve_principal(key, get_account_id()).arn}


def _sign_in(question):
    """Makes the question's request, or its access key, the one that decisions are about: key and region."""
    from ministack.core import iam_evaluator
    from ministack.core.router import extract_access_key_id, extract_region

    request = question.get("request")
    if not request:
        iam_evaluator._anonymous.set(False)
        iam_evaluator._signed_request.set(None)
        return question["accessKeyId"], question["region"]
    path, _, query = request["url"].partition("?")
    query_params = parse_qs(query, keep_blank_values=True)
    raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request["headers"]]
    iam_evaluator.pin_signed_request(request["method"], path, query_params, raw_headers)
    iam_evaluator.pin_signed_body(base64.b64decode(request["body"]))
    headers = {name.lower(): value for name, value in request["headers"]}
    return extract_access_key_id(headers, query_params), extract_region(headers, query_params)


def is_hash_of_body(claimed, body):
    """ministack takes the hash that a client says its body has; AWS computes it."""
    return not claimed or claimed == hashlib.sha256(body).hexdigest()


def _limit_that_denies(explicit_deny):
    """The kind of policy that refused the last request, if it is not one of the identity's own."""
    from ministack.core.iam_evaluator import _first_match

    ctx, policies, limits = _evaluation.get() or (None, [], [])
    # A boundary comes before a session's policies, and either can be missing.
    kinds = ["permissions boundary", "session policy"] if _has_boundary(ctx) else ["session policy"]
    effect = "Deny" if explicit_deny else "Allow"
    for kind, layer in zip([None, *kinds], [policies, *limits]):
        matches = any(_first_match(ctx, statements, effect) for statements in layer)
        if matches == explicit_deny:
            return kind
    return None


def _has_boundary(ctx):
    from ministack.services import iam

    if not ctx:
        return False
    kind, *names = ctx.principal_arn.split(":")[5].split("/")
    # A session's ARN has the role's name without its path, a user's has the path before the name.
    store, name = (iam._users, names[-1]) if kind == "user" else (iam._roles, names[0])
    return bool((store.get_scoped(ctx.principal_account, None, name) or {}).get("PermissionsBoundary"))


def _count(ctx, allowed):
    decision = (_identity(ctx), ctx.action, ctx.resource_arn, allowed)
    if decision in _decisions or len(_decisions) < DECISIONS:
        _decisions[decision] = _decisions.get(decision, 0) + 1


def _identity(ctx):
    """The ARN of the role behind a session, because permissions are the role's; a user's own."""
    from ministack.services import iam

    before, _, session = ctx.principal_arn.partition(":assumed-role/")
    if not session:
        return before
    role = iam._roles.get_scoped(ctx.principal_account, None, session.split("/")[0])
    return role["Arn"] if role else ctx.principal_arn


def _answer(find):
    """Answers requests for which `find` has a JSON value, before ministack looks for the service they are for."""
    from ministack import app

    shortcuts = app._handle_post_body_shortcuts

    async def handle(method, path, headers, body, query_params, request_id):
        answer = find(method, path, body)
        if answer is None:
            return await shortcuts(method, path, headers, body, query_params, request_id)
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    app._handle_post_body_shortcuts = handle
