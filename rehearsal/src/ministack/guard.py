"""Workarounds for what ministack answers to any client that can reach it; see launcher.py.

The rules on host names and origins are those of ../request-guard.ts, which guards the servers beside it.
"""

import hmac
import json
import logging
import os
import re
import secrets
from urllib.parse import parse_qs, urlsplit

# Any port: the endpoint in front of this one passes requests on as they are, its own port in Host.
_OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost|[a-z0-9]+\.execute-api\.localhost):\d+", re.IGNORECASE)
_API_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.localhost:\d+", re.IGNORECASE)
_API_PATH = re.compile(r"/_aws/execute-api/([a-z0-9]+)/", re.IGNORECASE)

# What ministack serves beside AWS's own API: its administration, mail and message inspection, Cognito's pages.
_NOT_AWS = re.compile(r"/(_ministack|_localstack|_aws|oauth2|login|logout|\.well-known)(/|$)")
_HEALTH = "/_ministack/health"
_OWN = "/_rehearsal/"

# Keeps what a function signs with from being computed from its name.
_SALT = secrets.token_bytes(32)


def refuse_other_sites():
    """Everything is answered whatever site a browser asks for, with Access-Control-Allow-Origin: *, and its own
    administration and anonymous S3 requests without credentials, as root. So a page of any site could use it."""
    from ministack import app as ministack

    serve = ministack.app

    async def guarded(scope, receive, send):
        if scope["type"] == "lifespan":
            return await serve(scope, receive, send)
        if scope["type"] == "websocket":
            # Nothing of the rehearsal uses one.
            return await send({"type": "websocket.close", "code": 1008})
        request = _Request(scope)
        refusal = request.refusal()
        if refusal:
            return await _refuse(send, request, *refusal)
        await _serve(serve, request, scope, receive, send if request.api else _without_cors(send))

    ministack.app = guarded


def check_root_secret():
    """The secret of root's access key is not checked: the account number, or "test", is enough to be root. And a
    function's credentials can be derived from its name. Here the secret is random for each session."""
    from ministack.core import iam_evaluator, lambda_runtime
    from ministack.services import lambda_svc, sts

    iam_evaluator._is_root_key = lambda access_key_id: not access_key_id

    def credentials(config):
        account, _ = lambda_runtime._account_region_from_function_config(config)
        role, function = config.get("Role", ""), config.get("FunctionArn", "")
        name, role_name = config.get("FunctionName", "function")[:64], role.rpartition("/")[2]

        def derived(part):
            return hmac.new(_SALT, f"{part}:{function}:{role}".encode(), "sha256").hexdigest()

        key, secret, token = f"ASIA{derived('key')[:16].upper()}", derived("secret"), derived("token")
        arn = f"arn:aws:sts::{account}:assumed-role/{role_name}/{name}"
        session = {"Arn": arn, "UserId": f"{role_name}:{name}", "SecretAccessKey": secret, "SessionToken": token}
        # For the condition key lambda:SourceFunctionArn; see conditions.py.
        session["FunctionArn"] = function
        sts.register_session(key, session)
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}

    lambda_runtime.execution_credentials = credentials
    lambda_svc.execution_credentials = credentials


async def _serve(serve, request, scope, receive, send):
    """Answers an unexpected error as AWS would; the server's own 500 has no body, which no SDK can read."""
    started = False

    async def sent(message):
        nonlocal started
        started = True
        await send(message)

    try:
        await serve(scope, receive, sent)
    except Exception:
        logging.getLogger("ministack").exception("%s %s was not answered", request.method, request.path[:200])
        if started:
            raise
        await _refuse(send, request, 500, "InternalFailure", "The emulator failed; emulator.log has the details.")


class _Request:
    def __init__(self, scope):
        self.method, self.path = scope["method"], scope["path"]
        self.headers = {}
        for name, value in scope.get("headers", []):
            # A name that comes twice is not overlooked: both values are in the joined one.
            name, value = name.decode("latin-1").lower(), value.decode("latin-1")
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        found = _API_HOST.fullmatch(self.header("host")) or _API_PATH.match(self.path)
        self.api = found.group(1) if found else None

    def header(self, name):
        return self.headers.get(name, "")

    def refusal(self):
        """Status, code and message, or None for a request that may be answered."""
        host = self.header("host")
        if not _OWN_HOST.fullmatch(host):
            return 421, "MisdirectedRequest", f"This server is not {json.dumps(host)}."
        if self._is_from_another_site():
            return 403, "AccessDenied", "Pages of another origin are not answered."
        if self.api or self._needs_no_credentials():
            return None
        if self.path.startswith(_OWN):
            return None if self._has_secret() else (403, "AccessDenied", "This takes the secret of the session.")
        if self.method == "OPTIONS" or _NOT_AWS.match(self.path):
            return 403, "AccessDenied", f"The rehearsal does not serve {self.method} {self.path}."
        if not self._is_signed():
            return 403, "MissingAuthenticationToken", "Request is missing Authentication Token"
        return None

    def _is_from_another_site(self):
        # Browsers leave Origin out of a plain GET.
        origin = self.headers.get("origin") or _origin_of(self.header("referer"))
        if origin and (origin == f"http://{self.header('host')}" or _allows(self.api, origin)):
            return False
        is_read = self.method in ("GET", "HEAD")
        # Following a link that leads here is fine, whatever site the link is on.
        if is_read and "origin" not in self.headers and self.header("sec-fetch-mode") == "navigate":
            return False
        return bool(origin) or self.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")

    def _needs_no_credentials(self):
        if self.path == _HEALTH:
            return self.method in ("GET", "HEAD")
        # AWS's own exceptions are calls of the Query protocol, such as sts:AssumeRoleWithWebIdentity and the links
        # in the messages of SNS; ministack knows which of these need credentials. S3 has no such calls.
        is_query = self.method == "POST" or (self.method == "GET" and "Action" in self.query)
        return self.path == "/" and is_query and not (self.headers.get("authorization") or self._names_key())

    def _has_secret(self):
        given = self.header("authorization").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), os.environ["AWS_SECRET_ACCESS_KEY"].encode())

    def _names_key(self):
        return any(name.lower() in ("x-amz-credential", "awsaccesskeyid") for name in self.query)

    def _is_signed(self):
        """Whether it has a signature of version 4, which ministack checks: anything else it takes for root's."""
        authorization = self.headers.get("authorization")
        if authorization is not None:
            return authorization.startswith("AWS4-HMAC-SHA256 ") and not self._names_key()
        return self.query.get("X-Amz-Algorithm") == ["AWS4-HMAC-SHA256"] and all(
            self.query.get(name, [""])[0] for name in ("X-Amz-Credential", "X-Amz-Signature")
        )


def _origin_of(referer):
    if not referer:
        return None
    try:
        parts = urlsplit(referer)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "null"


def _allows(api_id, origin):
    """Whether an API lets pages of an origin call it, by its CORS configuration."""
    if not api_id:
        return False
    from ministack.services import apigateway

    for key, api in list(apigateway._apis.to_dict().items()):
        if api_id == (key[-1] if isinstance(key, tuple) else key):
            allowed = (api.get("corsConfiguration") or {}).get("allowOrigins") or []
            return "*" in allowed or origin in allowed
    return False


def _without_cors(send):
    async def sent(message):
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            kept = [(n, v) for n, v in headers if not bytes(n).lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return sent


async def _refuse(send, request, status, code, message):
    if "json" in request.header("content-type"):
        kind, body = "application/json", json.dumps({"__type": code, "message": message})
    else:
        text = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        kind, body = "application/xml", f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    content = body.encode()
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
