"""Workarounds for CloudWatch Logs; see launcher.py."""

import json

# What one answer holds at most, on AWS as in ministack.
MOST = 10_000

# How often to describe log groups before reporting a failure: some hundred streams are created per second.
TRIES = 100


def page_filtered_events():
    """FilterLogEvents stops at its limit and returns no token, as if there were no more events. The token names
    the last event of a page, because logs are written while they are read."""
    from ministack.services import cloudwatch_logs

    filter_log_events = cloudwatch_logs._filter_log_events

    def filter_page(data):
        after = json.loads(data["nextToken"]) if "nextToken" in data else None
        start = {} if after is None else {"startTime": after["timestamp"]}
        status, headers, body = filter_log_events({**data, **start, "limit": MOST})
        if status != 200:
            return status, headers, body
        found = json.loads(body)["events"]
        ids = [event["eventId"] for event in found]
        events = found[ids.index(after["eventId"]) + 1 :] if after and after["eventId"] in ids else found
        page = events[: data.get("limit", MOST)]
        answer = {"events": page, "searchedLogStreams": []}
        # The last answer of ministack may have stopped at its own limit.
        if page and (len(page) < len(events) or len(found) == MOST):
            answer["nextToken"] = json.dumps({key: page[-1][key] for key in ("timestamp", "eventId")})
        return cloudwatch_logs.json_response(answer)

    cloudwatch_logs._filter_log_events = filter_page


def describe_while_written():
    """DescribeLogGroups counts what is in every stream, and fails when a function writes its log meanwhile."""
    from ministack.services import cloudwatch_logs

    describe_log_groups = cloudwatch_logs._describe_log_groups

    def describe(data):
        for _ in range(TRIES):
            try:
                return describe_log_groups(data)
            except RuntimeError as error:
                if "changed size during iteration" not in str(error):
                    raise
        return describe_log_groups(data)

    cloudwatch_logs._describe_log_groups = describe
