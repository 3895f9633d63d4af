"""Workarounds for service-linked roles; see launcher.py."""

import json

# The service and the name of its role.
API_GATEWAY = ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway")


def keep_api_gateway_role():
    """An HTTP API needs no service-linked role. API Gateway creates one with an account's first API, with the
    permissions of the caller that creates that API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
    """
    from ministack.services import apigateway, iam
    from permissions import require
    from resources import parse

    create_role, create_api = iam._create_service_linked_role, apigateway._create_api

    def needs(service, action, body, params):
        # Of what API Gateway creates, only an API has a protocol.
        creates_api = action == "apigateway:POST" and "protocolType" in parse(body)
        if not creates_api or API_GATEWAY[1] in iam._roles:
            return []
        return [("iam:CreateServiceLinkedRole", "iam", _arn(), {"iam:AWSServiceName": API_GATEWAY[0]})]

    def create_api_with_role(data):
        if API_GATEWAY[1] not in iam._roles:
            create_named({"AWSServiceName": [API_GATEWAY[0]]})
        return create_api(data)

    def create_named(params):
        """ministack generates another role name, and returns another error if the role exists."""
        if iam._p(params, "AWSServiceName") != API_GATEWAY[0]:
            return create_role(params)
        name = API_GATEWAY[1]
        if name in iam._roles:
            taken = f"Service role name {name} has been taken in this account, please try a different suffix."
            return iam._error(400, "InvalidInput", taken, ns="iam")
        trust = {"Effect": "Allow", "Principal": {"Service": API_GATEWAY[0]}, "Action": "sts:AssumeRole"}
        iam._roles[name] = {
            "RoleName": name,
            "Arn": _arn(),
            "RoleId": iam._gen_id("AROA"),
            "CreateDate": iam._now(),
            "Path": f"/aws-service-role/{API_GATEWAY[0]}/",
            "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            "Description": "The Service Linked Role is used by Amazon API Gateway.",
            "MaxSessionDuration": 3600,
            "AttachedPolicies": [],
            "InlinePolicies": {},
            "Tags": [],
        }
        role = f"<CreateServiceLinkedRoleResult><Role>{iam._role_xml(name)}</Role></CreateServiceLinkedRoleResult>"
        return iam._xml(200, "CreateServiceLinkedRoleResponse", role, ns="iam")

    require(needs)
    apigateway._create_api = create_api_with_role
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create_named


def _arn():
    from ministack.core.responses import get_account_id

    return f"arn:aws:iam::{get_account_id()}:role/aws-service-role/{API_GATEWAY[0]}/{API_GATEWAY[1]}"
