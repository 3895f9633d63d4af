"""What AWS services are allowed to do with each other's resources under AUTH=true, by the policies of those
resources and of the roles that the services assume.

ministack delivers nearly everything whatever the policies say, and where it does ask them it supplies keys that
the real service does not.
"""

import contextvars
import hashlib
import logging

ARN, ACCOUNT, OWNER = "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner"
TOPIC = "kms:encryptioncontext:aws:sns:topicarn"

_GUIDES = "https://docs.aws.amazon.com/"

# The context keys that a service supplies when it calls another, and where AWS says so. Where a policy asks for
# any other key, it does not allow the call. What is not in the table supplies nothing.
SUPPLIED = [
    # service, action, keys, source
    (
        "cloudwatch.amazonaws.com",
        "sns:Publish",
        (ARN, ACCOUNT, OWNER),
        _GUIDES + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
    ),
    (
        "cloudwatch.amazonaws.com",
        "kms:*",
        (ARN, ACCOUNT, TOPIC),
        _GUIDES + "sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
    ),
    # "EventBridge does not support the use of Condition blocks in Amazon SNS topic policies."
    ("events.amazonaws.com", "sns:Publish", (), _GUIDES + "eventbridge/latest/userguide/eb-use-resource-based.html"),
    # "aws:SourceAccount, aws:SourceArn, and aws:SourceOrgID" are "not supported for EventBridge-to-encrypted topics".
    (
        "events.amazonaws.com",
        "kms:*",
        (TOPIC,),
        _GUIDES + "sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
    ),
    (
        "events.amazonaws.com",
        "sqs:SendMessage",
        (ARN, ACCOUNT),
        _GUIDES + "eventbridge/latest/userguide/eb-use-resource-based.html",
    ),
    (
        "events.amazonaws.com",
        "lambda:InvokeFunction",
        (ARN, ACCOUNT),
        _GUIDES + "eventbridge/latest/userguide/eb-use-resource-based.html",
    ),
    # The policy in the Terraform provider's documentation has it for writing; AWS's own has no condition.
    (
        "events.amazonaws.com",
        "logs:PutLogEvents",
        (ARN,),
        "https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_event_target",
    ),
    # The trust policy that the console writes for a target's role asks for both.
    (
        "events.amazonaws.com",
        "sts:AssumeRole",
        (ARN, ACCOUNT),
        _GUIDES + "eventbridge/latest/userguide/policy-keys-eventbridge.html",
    ),
    (
        "s3.amazonaws.com",
        "lambda:InvokeFunction",
        (ARN, ACCOUNT),
        _GUIDES + "AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
    ),
    (
        "s3.amazonaws.com",
        "sqs:SendMessage",
        (ARN, ACCOUNT),
        _GUIDES + "AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
    ),
    (
        "s3.amazonaws.com",
        "sns:Publish",
        (ARN, ACCOUNT, OWNER),
        _GUIDES + "AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
    ),
    (
        "sns.amazonaws.com",
        "sqs:SendMessage",
        (ARN, ACCOUNT),
        _GUIDES + "sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    ),
    ("sns.amazonaws.com", "lambda:InvokeFunction", (ARN, ACCOUNT), _GUIDES + "lambda/latest/api/API_AddPermission.html"),
    (
        "apigateway.amazonaws.com",
        "lambda:InvokeFunction",
        (ARN,),
        _GUIDES + "apigateway/latest/developerguide/http-api-develop-integrations-lambda.html",
    ),
    (
        "delivery.logs.amazonaws.com",
        "logs:*",
        (ARN, ACCOUNT),
        _GUIDES + "AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html",
    ),
]

# The permissions on its key that publishing to an encrypted topic needs.
KEY_USE = ("kms:GenerateDataKey", "kms:Decrypt")

_KEYS = {(service, action): keys for service, action, keys, _ in SUPPLIED}


def refusal(service, action, resource, policy, source, **more):
    """Why a service that acts for `source`, an ARN, is not allowed to perform an action by the policy of the resource.

    Returns None if it is allowed.
    """
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
    from ministack.core.responses import get_account_id, get_region

    kind = action.partition(":")[0] + ":*"
    supplied = _KEYS.get((service, action)) or _KEYS.get((service, kind)) or ()
    # An ARN of S3 has no account in it.
    account = source.split(":")[4] or get_account_id()
    known = {ARN: source, ACCOUNT: account, OWNER: account, **more}
    context = EvalContext(
        # A grant to the account is not one to a service that works for it.
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={key: known[key] for key in supplied if key in known},
    )
    if evaluate_resource_policy(policy, context, service=service).decision == "Allow":
        return None
    return f"{service}, for {source}, is not authorized to perform: {action} on resource: {resource}"


def topic_refusal(service, topic_arn, source):
    """Why a service is not allowed to publish to a topic: by its policy, or by that of the key that encrypts it."""
    from ministack.services import kms, sns

    topic = sns._topic_by_arn_any_scope(topic_arn) or {"attributes": {}}
    refused = refusal(service, "sns:Publish", topic_arn, topic["attributes"].get("Policy"), source)
    key_id = topic["attributes"].get("KmsMasterKeyId")
    if refused or not key_id:
        return refused
    # The key that AWS manages for SNS cannot be given to any service.
    key = kms._resolve_key(key_id) or {"Arn": key_id}
    refusals = (
        refusal(service, action, key["Arn"], key.get("Policy"), source, **{TOPIC: topic_arn}) for action in KEY_USE
    )
    return next(filter(None, refusals), None)


def queue_refusal(service, queue_arn, source):
    """Why a service is not allowed to send to a queue, by its policy."""
    from ministack.services import sqs

    queue = sqs._queue_by_arn(queue_arn) or {"attributes": {}}
    return refusal(service, "sqs:SendMessage", queue_arn, queue["attributes"].get("Policy"), source)


def function_refusal(service, reference, source):
    """Why a service is not allowed to invoke a function, a version or an alias: by the permissions it has been given."""
    from aliases import parts
    from ministack.services import lambda_svc

    function, name, qualifier = parts(lambda_svc, reference)
    arn = lambda_svc._policy_resource_arn(name, qualifier)
    return refusal(service, "lambda:InvokeFunction", arn, (function or {}).get("policy"), source)


def role_refusal(service, role_arn, source, action, resource):
    """Why a service is not allowed to do something with a role: by its trust policy, its permissions or its boundary."""
    from ministack.services import iam

    role = iam._roles.get(role_arn.rpartition("/")[2])
    if not role:
        return f"{service}, for {source}, cannot assume {role_arn}, which does not exist"
    refused = refusal(service, "sts:AssumeRole", role_arn, role["AssumeRolePolicyDocument"], source)
    if refused:
        return refused
    access_key = _session(role, source)
    needs = [(action, resource, {}), *(key_needs(resource) if action == "sns:Publish" else [])]
    refusals = (contextvars.copy_context().run(_refused_with, access_key, *need) for need in needs)
    return next(filter(None, refusals), None)


def key_needs(topic_arn):
    """What publishing to a topic needs besides, as (action, key, condition keys): nothing where it is not encrypted.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    from ministack.core.responses import get_region
    from ministack.services import kms, sns

    topic = sns._topic_by_arn_any_scope(topic_arn) or {"attributes": {}}
    key_id = topic["attributes"].get("KmsMasterKeyId")
    key = kms._resolve_key(key_id) if key_id else None
    # A caller needs no permissions on the AWS managed key for SNS: the key's policy grants them.
    if not key:
        return []
    context = {"kms:viaservice": f"sns.{get_region()}.amazonaws.com", TOPIC: topic_arn}
    return [(action, key["Arn"], context) for action in KEY_USE]


def _session(role, source):
    """The access key of a session that a service has of a role."""
    from ministack.services import sts

    digest = hashlib.sha256(f"{role['Arn']} {source}".encode()).hexdigest()
    account, name = role["Arn"].split(":")[4], role["RoleName"]
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{digest[:16]}",
        "UserId": f"{role['RoleId']}:{digest[:16]}",
        "SecretAccessKey": digest,
        "SessionToken": digest,
    }
    sts.register_session(f"ASIA{digest[:16].upper()}", session)
    return f"ASIA{digest[:16].upper()}"


def _refused_with(access_key, action, resource, context):
    """Why the holder of an access key is not allowed to perform an action; None if it is. Changes the context."""
    from ministack.core import iam_actions, iam_evaluator
    from ministack.core.responses import get_region

    # A service signs nothing here.
    iam_evaluator._anonymous.set(False)
    iam_evaluator._signed_request.set(None)
    denied = iam_evaluator.enforce(access_key, action, action.partition(":")[0], get_region(), resource, context)
    if not denied:
        return None
    if isinstance(denied, iam_evaluator.AuthError):
        return denied.message
    return iam_actions.identity_denial_message(action, denied.principal_arn, resource, denied.decision == "Deny")


def log(message):
    """Writes to the emulator's log."""
    logging.getLogger("ministack").warning(message)
