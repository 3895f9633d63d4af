"""The public keys of OpenID Connect issuers, as API Gateway fetches and caches them."""

import json
import re
import time
import urllib.request

# API Gateway requires HTTPS. Plain HTTP is for the stand-in on this machine only.
_ADDRESS = re.compile(r"https://.+|http://(127\.0\.0\.1|localhost):\d+(/.*)?")

# API Gateway caches keys for up to two hours. Keys that appear meanwhile are unknown to it.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
_CACHED_SECONDS = 2 * 60 * 60

_TIMEOUT_SECONDS = 5

# A set of keys has a few kilobytes.
_MAX_BYTES = 1024 * 1024

# Past any proxy of this machine's.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Issuers:
    """The keys of issuers, each fetched at most once in two hours."""

    def __init__(self):
        self._cached = {}

    def key(self, issuer, key_id):
        """The issuer's key with an id, None if it has none. Raises ValueError or OSError if the keys are unavailable."""
        fetched, keys = self._cached.get(issuer, (0, None))
        if keys is None or time.monotonic() - fetched >= _CACHED_SECONDS:
            keys = _fetch_keys(issuer)
            self._cached[issuer] = time.monotonic(), keys
        return next((key for key in keys if key.get("kid") == key_id), None)


def discover(issuer):
    """The metadata of an issuer. Raises ValueError or OSError if it has none.
    https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig"""
    return _fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")


def _fetch_keys(issuer):
    keys = _fetch(discover(issuer).get("jwks_uri")).get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ValueError("not a set of keys")
    return [key for key in keys if key.get("use", "sig") == "sig"]


def _fetch(address):
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address} is neither an HTTPS address nor one of this machine")
    opener = _DIRECT if address.startswith("http://") else urllib.request.build_opener()
    with opener.open(address, timeout=_TIMEOUT_SECONDS) as answer:
        content = json.loads(answer.read(_MAX_BYTES))
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    return content
