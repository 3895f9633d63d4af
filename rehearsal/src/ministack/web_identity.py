"""Workarounds for AssumeRoleWithWebIdentity; see launcher.py."""

import json
import os
import time
import urllib.request

from json_web_tokens import Token

# The claims that STS evaluates besides `aud` and `sub`, for each provider that has any:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
# https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
_CLAIMS = {
    "token.actions.githubusercontent.com": (
        "actor",
        "actor_id",
        "job_workflow_ref",
        "repository",
        "repository_id",
        "workflow",
        "ref",
        "environment",
        "enterprise_id",
    ),
}

# Seconds by which the clocks of STS and of a provider may differ.
_SKEW = 300

# Past any proxy of this machine's.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Refused(Exception):
    """Why STS refuses a token: the error's code and message."""


def verify_token():
    """Any token is accepted, whatever its signature and expiry, and whether the account has an identity
    provider for it; and of a token's claims only aud, sub and amr become condition keys."""
    from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy
    from ministack.core.responses import error_response_json, get_region
    from ministack.services import iam, sts

    def denied(role_arn, params, use_json):
        def refuse(status, code, message):
            return error_response_json(code, message, status) if use_json else sts._error(status, code, message, ns="sts")

        account = role_arn.split(":")[4]
        try:
            provider, claims = _verified(iam._oidc_providers, account, sts._p(params, "WebIdentityToken"))
        except _Refused as refusal:
            return refuse(400, *refusal.args)
        context = EvalContext(
            principal_arn=provider["Arn"],
            principal_type="WebIdentityUser",
            principal_account=account,
            action="sts:AssumeRoleWithWebIdentity",
            resource_arn=role_arn,
            region=get_region(),
            service_context=_condition_keys(claims),
        )
        role = iam._roles.get_scoped(account, None, role_arn.rsplit("/", 1)[-1])
        if role and evaluate_trust_policy(role["AssumeRolePolicyDocument"], provider["Arn"], context):
            return None
        return refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")

    sts._web_identity_trust_denied = denied


def _verified(providers, account, token):
    """The account's identity provider that issued a token, and the token's claims."""
    try:
        token = Token(token)
        claims = token.claims
        issuer, audience, expires = claims["iss"], claims["aud"], float(claims["exp"])
        begins = float(claims.get("nbf", 0))
        subject = claims["sub"]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None
    if not all(isinstance(text, str) for text in (issuer, audience, subject)):
        raise _Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
    host = issuer.removeprefix("https://").rstrip("/")
    provider = providers.get(f"arn:aws:iam::{account}:oidc-provider/{host}")
    if not provider:
        message = f"No OpenIDConnect provider found in your account for {issuer}"
        raise _Refused("InvalidIdentityToken", message)
    if audience not in provider["ClientIDList"]:
        raise _Refused("InvalidIdentityToken", "Incorrect token audience")
    if not token.is_signed_with(_key(host, token.header)):
        raise _Refused("InvalidIdentityToken", "The web identity token's signature could not be verified.")
    if begins > time.time() + _SKEW:
        raise _Refused("InvalidIdentityToken", "The web identity token is not valid yet.")
    if expires < time.time():
        raise _Refused("ExpiredTokenException", "Token expired: get a new one from the identity provider.")
    return provider, claims


def _key(host, header):
    """The key that signed a token, from where this machine's stand-in publishes it."""
    address = json.loads(os.environ.get("HW_IDENTITY_PROVIDERS", "{}")).get(host)
    if header.get("alg") != "RS256" or not address:
        raise _Refused("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
    try:
        with _DIRECT.open(f"{address}/.well-known/jwks", timeout=5) as answer:
            keys = json.load(answer)["keys"]
    except (OSError, ValueError, KeyError):
        raise _Refused("IDPCommunicationError", "The identity provider could not be reached.") from None
    for key in keys:
        if key.get("kid") == header.get("kid") and key.get("kty") == "RSA":
            return key
    raise _Refused("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")


def _condition_keys(claims):
    host = claims["iss"].removeprefix("https://").rstrip("/")
    evaluated = ("aud", "sub", "amr", *_CLAIMS.get(host, ()))
    return {f"{host}:{name}".lower(): claims[name] for name in evaluated if claims.get(name) is not None}
