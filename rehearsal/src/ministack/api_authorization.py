"""Workarounds for the authorization of HTTP APIs; see launcher.py."""

import asyncio
import json
from urllib.parse import unquote

import decisions
from api_tokens import check_token
from issuers import discover

AUTHORIZATION_PATH = "/_rehearsal/api-authorization"

_INVOKE = "execute-api:Invoke"

# AWS's own text, which its documentation does not have: https://github.com/haandol/cognito-kakao-example/issues/1
_UNREACHABLE = (
    "Caught exception when connecting to {issuer}/.well-known/openid-configuration for issuer {issuer}. "
    "Please try again later. Error: Invalid issuer: {issuer}. "
    "Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'"
)


def _forbidden():
    """The answer to any request that IAM refuses; only REST APIs name the reason.
    https://repost.aws/knowledge-center/api-gateway-cross-account-403"""
    return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'


def find_apis_of_all_accounts():
    """A request is looked up in the account of its credentials: one that another account has signed gets 404,
    not 403, and one that is signed for another region misses the API."""
    from ministack.services import apigateway

    def find(api_id):
        found = (key[:2] for key, _ in apigateway._apis.all_items() if key[2] == api_id)
        return next(found, None)

    apigateway.find_api_scope = find


def check_tokens():
    """No token is accepted: ministack verifies them with a package that is not installed here. And a refusal does
    not say why (www-authenticate)."""
    from ministack.services import apigateway

    async def validate(route, authorizer, headers, query_params):
        # Fetching keys blocks.
        return await asyncio.to_thread(check_token, route, authorizer, headers)

    apigateway._validate_jwt_authorizer = validate


def check_issuers():
    """An authorizer can have any issuer. API Gateway connects to it first, and requires HTTPS."""
    from ministack.services import apigateway

    create, update = apigateway._create_authorizer, apigateway._update_authorizer

    def refusal(data):
        issuer = (data.get("jwtConfiguration") or {}).get("issuer")
        try:
            if issuer:
                discover(issuer)
        except (OSError, ValueError):
            return apigateway._apigw_error("BadRequestException", _UNREACHABLE.format(issuer=issuer), 400)

    apigateway._create_authorizer = lambda api_id, data: refusal(data) or create(api_id, data)
    apigateway._update_authorizer = lambda api_id, id, data: refusal(data) or update(api_id, id, data)


def check_signatures():
    """A signature for another service or region is accepted, and so are one of another account with permissions of
    its own, and one whose hash is not that of the body. A refusal names the reason in XML."""
    from ministack import app
    from ministack.services import apigateway

    enforce = app._enforce_execute_api

    def enforce_iam(api_id, stage, method, path, headers, query_params, iam_action=_INVOKE):
        if iam_action != _INVOKE or apigateway.find_api_scope(api_id) is None:
            return enforce(api_id, stage, method, path, headers, query_params, iam_action)
        kind = apigateway.route_authorization_type(api_id, stage, method, path)
        return _forbidden() if kind == "AWS_IAM" and not _is_allowed(api_id, stage, method, path) else None

    app._enforce_execute_api = enforce_iam


def authorize_preflight_requests():
    """Every OPTIONS request is answered by the API's CORS configuration. On AWS a route that matches it comes first:
    an authorizer of the route $default refuses browsers' preflight requests, unless the API has a route such as
    OPTIONS /{proxy+} without one.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    from ministack.services import apigateway

    execute = apigateway._handle_execute_in_scope

    async def execute_authorized(api_id, stage, path, method, headers, *others, **named):
        if method == "OPTIONS":
            # IAM has decided before, in check_signatures.
            route = _route(api_id, method, path)
            *_, refusal = await asyncio.to_thread(_check_token_for, api_id, route, headers)
            if refusal:
                return refusal
        return await execute(api_id, stage, path, method, headers, *others, **named)

    apigateway._handle_execute_in_scope = execute_authorized


def authorize_for_local_api():
    """The API of `npm run dev` is not served by ministack. POST /_rehearsal/api-authorization takes a request as it
    arrived and the id of an API whose routes it is for, and answers with the refusal, if any, or with the key of the
    route and the `authorizer` of the event."""

    def answer(method, path, body):
        return _authorize(json.loads(body)) if (method, path) == ("POST", AUTHORIZATION_PATH) else None

    decisions._answer(answer)


def _authorize(question):
    from ministack import app
    from ministack.core.responses import request_scope, set_request_account_id
    from ministack.services import apigateway

    api_id, request = question["apiId"], question["request"]
    key, _ = decisions._sign_in(question)
    set_request_account_id(app._request_account_scope(key))
    path, headers = unquote(request["url"].partition("?")[0]), _joined(request["headers"])
    refusal = app._enforce_execute_api(api_id, "$default", request["method"], path, headers, {})
    with request_scope(*apigateway.find_api_scope(api_id)):
        route = _route(api_id, request["method"], path)
        claims, scopes, refused_token = _check_token_for(api_id, route, headers)
        if refusal := refusal or refused_token:
            status, answered, body = refusal
            return {"refusal": {"status": status, "headers": answered, "body": body.decode()}}
        return {"routeKey": route["routeKey"], "authorizer": _authorizer(route, claims, scopes, headers)}


def _authorizer(route, claims, scopes, headers):
    """What the event of a request says about its caller; None on a route without authorization."""
    from ministack.services import apigateway

    if route.get("authorizationType") == "AWS_IAM":
        return {"iam": apigateway._iam_caller_identity_v2(headers, {})}
    if claims is None:
        return None
    texts = {name: apigateway._jwt_claim_to_string(value) for name, value in claims.items()}
    return {"jwt": {"claims": texts, "scopes": scopes}}


def _joined(headers):
    joined = {}
    for name, value in headers:
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _route(api_id, method, path):
    """The route of a request. Extra slashes at the beginning of its path count as one, as where ministack selects it."""
    from ministack.services import apigateway

    return apigateway._match_route(api_id, method, "/" + path.lstrip("/"))


def _check_token_for(api_id, route, headers):
    """Like `check_token`, for a route with any authorization; no refusal if it takes no tokens."""
    from ministack.services import apigateway

    if not route or route.get("authorizationType") != "JWT":
        return None, None, None
    authorizer = apigateway._authorizers.get(api_id, {}).get(route.get("authorizerId"))
    return check_token(route, authorizer or {}, headers)


def _is_allowed(api_id, stage, method, path):
    """Whether the current request is signed for an API by an identity of its account that is allowed to call it."""
    from ministack.core import iam_evaluator
    from ministack.core.arn import execute_api_arn
    from ministack.core.responses import get_account_id
    from ministack.core.sigv4 import parse_header_signature
    from ministack.services import apigateway

    request = iam_evaluator._signed_request.get()
    if request is None or request.unverifiable or request.presigned:
        return False
    if not decisions.is_hash_of_body(request.headers.get("x-amz-content-sha256"), request.body):
        return False
    account, region = apigateway.find_api_scope(api_id)
    signature = parse_header_signature(request.headers)
    if isinstance(signature, tuple) or (signature.service, signature.region) != ("execute-api", region):
        return False
    arn = execute_api_arn(region, account, api_id, stage, method, path)
    if iam_evaluator.enforce(request.access_key_id, _INVOKE, "apigateway", region, arn):
        return False
    # An HTTP API has no resource policy that could let another account in.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
    return iam_evaluator.resolve_principal(request.access_key_id, get_account_id()).account == account
