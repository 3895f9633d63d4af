"""Workarounds for the events that CloudTrail sends to EventBridge; see launcher.py.

An event has the form of AWS's examples:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

import contextvars
import json
import time
import uuid

# The management calls whose events are sent, by service: those that read are not sent to rules, and no rule of the
# rehearsal is about other services. Names as CloudTrail has them, which for S3 are not those of IAM's actions:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
_READS = ("Get", "List", "Describe", "Simulate", "Generate", "Head", "Test", "Filter", "Start", "Stop")
_KEYS = {"PutKeyPolicy", "ScheduleKeyDeletion", "CancelKeyDeletion", "DisableKey", "EnableKey", "CreateGrant"}
_BUCKET_SETTINGS = {
    "policy": "Policy",
    "lifecycle": "Lifecycle",
    "encryption": "Encryption",
    "versioning": "Versioning",
    "publicAccessBlock": "PublicAccessBlock",
    "ownershipControls": "OwnershipControls",
    "notification": "Notification",
    "tagging": "Tagging",
    "cors": "Cors",
    "acl": "Acl",
}

# IAM is global: its events are those of one region.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
_REGIONS = {"iam": "us-east-1"}


def send_events():
    """EventBridge gets no event of an API call. Here it gets those of calls that change something in IAM, CloudWatch
    Logs, KMS and the settings of buckets, also where they failed, as from an account with a trail. Those of CodePipeline
    come from outside."""
    from ministack import app

    dispatch = app._dispatch_service_request

    async def dispatched(method, path, headers, body, query_params, request_id):
        answer = await dispatch(method, path, headers, body, query_params, request_id)
        call = method not in ("GET", "HEAD") and _call(app, method, path, headers, body, query_params)
        if call:
            contextvars.copy_context().run(_send, app, call, headers, query_params, answer)
        return answer

    app._dispatch_service_request = dispatched


def _call(app, method, path, headers, body, query_params):
    """Service, name and parameters of a call whose event is sent; None for any other."""
    from resources import first, parse

    params = app._routing_params(method, path, headers, body, query_params)
    service = app.detect_service(method, path, headers, params)
    if service == "s3":
        name = _bucket_call(method, path, params)
        return name and (service, name, {"bucketName": path.split("/")[1]})
    if service == "iam":
        name = first(params.get("Action")) or ""
        request = {key: first(value) for key, value in params.items() if key not in ("Action", "Version")}
    else:
        name = headers.get("x-amz-target", "").rpartition(".")[2]
        request = parse(body)
    sent = {"iam": _changes(name), "logs": _changes(name) and name != "PutLogEvents", "kms": name in _KEYS}
    if not sent.get(service):
        return None
    return service, name, {key[:1].lower() + key[1:]: value for key, value in request.items()}


def _changes(name):
    return bool(name) and not name.startswith(_READS)


def _bucket_call(method, path, params):
    if path.strip("/").count("/") or path == "/" or method not in ("PUT", "DELETE"):
        return None
    verb = method.title()
    found = next((name for name in _BUCKET_SETTINGS if name in params), None)
    if found:
        return f"{verb}Bucket{_BUCKET_SETTINGS[found]}"
    settings = set(params) - {"x-id"}
    return None if settings else {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}[method]


def _send(app, call, headers, query_params, answer):
    from ministack.core.responses import get_account_id, get_region, set_request_region
    from ministack.services import eventbridge

    service, name, request = call
    region = _REGIONS.get(service, get_region())
    account = get_account_id()
    detail = {
        "eventVersion": "1.11",
        "userIdentity": _identity(app.extract_access_key_id(headers, query_params), account),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": headers.get("user-agent", ""),
        "requestParameters": request,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if answer[0] >= 400:
        detail["errorCode"] = "AccessDenied" if answer[0] == 403 else "Failed"
    set_request_region(region)
    eventbridge._put_events(
        {
            "Entries": [
                {
                    "Source": f"aws.{service}",
                    "DetailType": "AWS API Call via CloudTrail",
                    "Detail": json.dumps(detail),
                    "Resources": [],
                }
            ]
        },
        allow_aws_source=True,
    )


def _identity(access_key, account):
    """The caller, as in CloudTrail. For an unknown access key it is the key alone, as on AWS."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    caller = iam_evaluator.resolve_principal(access_key, account)
    if isinstance(caller, iam_evaluator.AuthError):
        return {"type": "Unknown", "accessKeyId": access_key}
    name = caller.arn.rpartition(":")[2].split("/")
    known = {"arn": caller.arn, "accountId": caller.account, "accessKeyId": access_key}
    if caller.type == "Root":
        return {"type": "Root", "principalId": caller.account, **known}
    if caller.type == "User":
        user = iam._users.get(name[-1]) or {}
        return {"type": "IAMUser", "principalId": user.get("UserId"), **known, "userName": name[-1]}
    role = iam._roles.get(name[1]) or {}
    issuer = {
        "type": "Role",
        "principalId": role.get("RoleId"),
        "arn": role.get("Arn"),
        "accountId": caller.account,
        "userName": name[1],
    }
    principal = f"{role.get('RoleId')}:{name[-1]}"
    return {"type": "AssumedRole", "principalId": principal, **known, "sessionContext": {"sessionIssuer": issuer}}
