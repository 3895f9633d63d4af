"""Starts ministack, the AWS emulator, with workarounds for what it lacks.

Every workaround is a function whose docstring describes the gap. A test shows for each that the gap exists
without it (HW_LAUNCHER_WITHOUT=<name>[,<name>...] omits workarounds), so that it can be removed when
ministack has closed it. Port, address and the rest are ministack's own environment variables
(GATEWAY_PORT, BIND_HOST, AUTH ...).
"""

import importlib.metadata
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import access_logs
import alarms
import aliases
import api_authorization
import api_calls
import apis
import concurrency
import conditions
import decisions
import deliveries
import event_targets
import function_variables
import guard
import log_events
import log_metrics
import metrics
import object_versions
import permissions
import processes
import queues
import resources
import saved_state
import service_linked_roles
import sessions
import web_identity

# The workarounds replace functions inside ministack, which only fits the version they were written for.
MINISTACK = "1.5.33"


def aws_events():
    """PutEvents refuses sources that begin with "aws.", as AWS does to customers. Here CodePipeline and
    CodeBuild are answered outside ministack, and their events have to get in."""
    from ministack.services import eventbridge

    put_events = eventbridge._put_events
    eventbridge._put_events = lambda data, allow_aws_source=False: put_events(data, allow_aws_source=True)


def api_endpoint():
    """The endpoint of an HTTP API is http://<id>.execute-api.localhost, a name that curl resolves and
    Node.js, Python and others don't. ministack serves the same API under a path, which needs no name."""
    from ministack.services import apigateway

    create_api = apigateway._create_api

    def create(data):
        status, headers, body = create_api(data)
        if status != 201:
            return status, headers, body
        api = apigateway._apis[json.loads(body)["apiId"]]
        address = f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"
        api["apiEndpoint"] = f"http://{address}/_aws/execute-api/{api['apiId']}"
        return apigateway._apigw_response(api, 201)

    apigateway._create_api = create


WORKAROUNDS = {
    # First: others import ministack's app, which keeps the function this one replaces.
    "secure-transport": permissions.count_loopback_as_tls,
    "aws-events": aws_events,
    "api-endpoint": api_endpoint,
    # Before the one that counts what an API answers.
    "function-deliveries": deliveries.decide_on_invocations,
    "api-metrics": apis.count_answers,
    "stage-variables": apis.pass_stage_variables,
    "api-accounts": api_authorization.find_apis_of_all_accounts,
    "api-tokens": api_authorization.check_tokens,
    "api-issuers": api_authorization.check_issuers,
    "api-signatures": api_authorization.check_signatures,
    "api-preflight": api_authorization.authorize_preflight_requests,
    "local-api": api_authorization.authorize_for_local_api,
    "alarm-state": alarms.evaluate_as_configured,
    "alarm-description": alarms.describe_in_full,
    # Before the one that knows by which alias a version was looked up.
    "alias-weights": aliases.follow_weights,
    "alias-metrics": aliases.count_by_alias,
    "log-metrics": log_metrics.extract_metrics,
    # Before the ones that make one decision of several.
    "decisions": decisions.keep_decisions,
    "denying-policy": decisions.name_denying_policy,
    "outside-services": decisions.decide_for_services,
    "function-variables": function_variables.add_variables,
    # Before the ones that change which check a refusal names.
    "denial-message": permissions.name_denied_resource,
    "boundary-condition": permissions.supply_permissions_boundary,
    "pass-role": permissions.enforce_pass_role,
    "every-parameter": permissions.check_every_parameter,
    "tags-of-new": permissions.check_tags_of_new,
    "role-trust": permissions.check_lambda_trust,
    "service-source": permissions.supply_service_source,
    "web-identity": web_identity.verify_token,
    # Before the one that decides on all targets.
    "log-targets": event_targets.deliver_to_logs,
    "other-regions": event_targets.deliver_to_other_regions,
    "event-deliveries": deliveries.decide_on_events,
    "alarm-deliveries": deliveries.decide_on_alarms,
    "supplied-keys": deliveries.decide_with_supplied_keys,
    "service-linked-roles": service_linked_roles.keep_api_gateway_role,
    "access-logs": access_logs.need_policy,
    "topic-keys": deliveries.check_keys_of_topics,
    "session-expiry": sessions.expire_by_time_passed,
    "alias-actions": resources.check_alias_actions,
    "resource-arns": resources.check_resource_arns,
    "process-starts": processes.start_few_at_once,
    "process-logs": processes.look_for_logs_once,
    "old-metrics": metrics.keep_until_old,
    "log-pages": log_events.page_filtered_events,
    "log-groups": log_events.describe_while_written,
    "queue-metrics": queues.publish_lengths,
    "reserved-concurrency": concurrency.keep_unreserved,
    "version-keys": object_versions.encode_keys_of_versions,
    "resource-names": conditions.supply_names,
    "subscription-keys": conditions.supply_subscription,
    "source-function": conditions.supply_source_function,
    "principal-arn": conditions.name_role_of_session,
    "simulation": conditions.simulate_as_decided,
    "api-calls": api_calls.send_events,
    "root-secret": guard.check_root_secret,
    # Last: it stands in front of all of it.
    "other-sites": guard.refuse_other_sites,
}


def end_with_parent():
    """Stops the emulator when the process that started it has exited, even if that was killed."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def main():
    installed = importlib.metadata.version("ministack")
    if installed != MINISTACK:
        sys.exit(
            f"rehearsal/src/ministack/launcher.py is written for ministack {MINISTACK}, but {installed} is installed. "
            "Run: node tasks/setup.mjs rehearsal"
        )
    without = set(filter(None, os.environ.get("HW_LAUNCHER_WITHOUT", "").split(",")))
    unknown = without - set(WORKAROUNDS)
    if unknown:
        sys.exit(f"HW_LAUNCHER_WITHOUT takes {', '.join(WORKAROUNDS)}; it has {', '.join(sorted(unknown))}.")
    os.environ.setdefault("BIND_HOST", "127.0.0.1")
    os.environ.setdefault("GATEWAY_PORT", "4566")

    end_with_parent()
    for name, apply in WORKAROUNDS.items():
        if name not in without:
            apply()
    # Only for tests: a rehearsal is neither saved nor restored.
    if os.environ.get("HW_LAUNCHER_STATE_FOLDER"):
        saved_state.save_and_restore(Path(os.environ["HW_LAUNCHER_STATE_FOLDER"]))
    from ministack import app

    app.main()


if __name__ == "__main__":
    main()
