"""The JWT authorizer of an HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import time

from issuers import Issuers
from json_web_tokens import Token

# An object, not a dict: saved_state.py would save and restore keys that their issuer has replaced meanwhile.
_issuers = Issuers()


class _Refused(Exception):
    """Why a token is refused: the description in the header www-authenticate."""


def check_token(route, authorizer, headers):
    """The token's claims, its scopes, and the response that refuses the request; claims and scopes are None then."""
    required = route.get("authorizationScopes") or []
    text = _token_of(headers)
    if not text:
        return None, None, _refusal(401, "Bearer")
    try:
        claims = _claims(text, authorizer.get("jwtConfiguration") or {})
    except _Refused as refused:
        return None, None, _refusal(401, _challenge(required, "invalid_token", str(refused)))
    scopes = _scopes(claims)
    if required and not set(required) & set(scopes):
        description = "the token does not have a required scope"
        return None, None, _refusal(403, _challenge(required, "insufficient_scope", description))
    return claims, scopes, None


def _token_of(headers):
    """The header's value, without the prefix Bearer. Authentication schemes are case-insensitive (RFC 9110, 11.1)."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("authorization", "").strip()


def _claims(text, expected):
    try:
        token = Token(text)
    except ValueError:
        raise _Refused("the token is malformed") from None
    issuer = expected.get("issuer")
    # Of the configured issuer, whatever the token says, so that no token makes API Gateway fetch another address.
    try:
        key = _issuers.key(issuer, token.header.get("kid"))
    except (OSError, ValueError):
        raise _Refused("the keys of the issuer are unavailable") from None
    if token.header.get("kid") is None or not key:
        raise _Refused("the token is signed with an unknown key")
    if not token.is_signed_with(key):
        raise _Refused("the token does not have a valid signature")
    _check(token.claims, issuer, expected.get("audience") or [])
    return token.claims


def _check(claims, issuer, audience):
    now = time.time()
    if claims.get("iss") != issuer:
        raise _Refused("the token does not have a valid issuer")
    # `client_id` counts only without `aud`.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
    intended = claims.get("aud", claims.get("client_id"))
    if not any(one in audience for one in (intended if isinstance(intended, list) else [intended])):
        raise _Refused("the token does not have a valid audience")
    # AWS does not say whether a token can be without `exp`. Here it cannot, so that no one relies on one.
    if not _is_time(claims.get("exp")) or claims["exp"] <= now:
        raise _Refused("the token has expired")
    for name in ("nbf", "iat"):
        if name in claims and (not _is_time(claims[name]) or claims[name] > now):
            raise _Refused("the token is not valid yet")


def _is_time(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _scopes(claims):
    """The scopes in the claim `scope` or `scp`, which is a list or has spaces between them."""
    given = claims.get("scope", claims.get("scp"))
    scopes = given.split() if isinstance(given, str) else given
    return [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []


def _challenge(scopes, error, description):
    return f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{description}"'


def _refusal(status, challenge):
    body = {401: b'{"message":"Unauthorized"}', 403: b'{"message":"Forbidden"}'}[status]
    return status, {"Content-Type": "application/json", "www-authenticate": challenge}, body
