"""Workarounds for CloudWatch alarms; see launcher.py."""

import json
import time
from xml.sax.saxutils import escape

import polling

# How far ahead of this process's clock a data point may be stamped. One that is further ahead was stamped before
# the clock was set back, and would count for as long as that.
SECONDS_AHEAD = 60

BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def evaluate_as_configured():
    """An alarm takes the data of every metric of its name, whatever the dimensions; it lumps all periods
    together; it ignores TreatMissingData; and it is looked at only when data arrive, so that it never goes
    back to OK when they stop."""
    from ministack.services import cloudwatch

    original = cloudwatch._evaluate_alarm

    def evaluate(alarm):
        if alarm.get("ComparisonOperator") not in BREACHES or not alarm.get("MetricName"):
            original(alarm)
            return
        state, reason = _state(cloudwatch, alarm)
        before = alarm["StateValue"]
        if state == before:
            return
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    cloudwatch._evaluate_alarm = evaluate
    polling.start("evaluating the alarms", cloudwatch._alarms, lambda: cloudwatch._evaluate_all_alarms())


def _state(cloudwatch, alarm):
    """The state the alarm's own data put it into, and why."""
    values = _values(cloudwatch, alarm)
    threshold, operator = alarm["Threshold"], alarm["ComparisonOperator"]
    missing = alarm.get("TreatMissingData") or "missing"
    breaching = sum(
        missing == "breaching" if value is None else BREACHES[operator](value, threshold) for value in values
    )
    present = [value for value in values if value is not None]
    if not present and missing == "ignore":
        return alarm["StateValue"], alarm["StateReason"]
    if not present and missing == "missing":
        return "INSUFFICIENT_DATA", "Insufficient Data: no datapoints were received"
    wanted = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    crossed = f"{breaching} of {len(values)} datapoints {present} crossed the threshold ({operator} {threshold})"
    if breaching >= wanted:
        return "ALARM", f"Threshold Crossed: {crossed}"
    return "OK", f"Threshold not Crossed: {crossed}"


def _values(cloudwatch, alarm):
    """The statistic of each evaluation period, newest first; None where there are no data."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    points = list(cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or [])
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    now, length = time.time(), alarm["Period"]
    values = []
    for period in range(alarm["EvaluationPeriods"]):
        end = now - period * length
        latest = end + SECONDS_AHEAD if period == 0 else end
        inside = [p for p in points if end - length < p["Timestamp"] <= latest]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside) if inside else None
        values.append(value)
    return values


def describe_in_full():
    """Over the Query protocol, which Terraform's AWS provider 5 speaks, DescribeAlarms leaves out actions,
    dimensions, period, statistic and missing-data treatment, and PutMetricAlarm the actions on insufficient
    data: Terraform would change every alarm at every plan."""
    from ministack.services import cloudwatch

    describe_alarms, put_metric_alarm = cloudwatch._describe_alarms, cloudwatch._put_metric_alarm

    def put(params, data, is_cbor, is_json=False):
        response = put_metric_alarm(params, data, is_cbor, is_json)
        if not is_cbor and not is_json and response[0] == 200:
            alarm = cloudwatch._alarms[cloudwatch._p(params, "AlarmName")]
            alarm["InsufficientDataActions"] = _members(cloudwatch, params, "InsufficientDataActions")
        return response

    def describe(params, data, is_cbor, is_json=False):
        if is_cbor or is_json:
            return describe_alarms(params, data, is_cbor, is_json)
        request = {name: _members(cloudwatch, params, name) for name in ("AlarmNames", "AlarmTypes")}
        for name in ("AlarmNamePrefix", "StateValue", "MaxRecords", "NextToken"):
            request[name] = cloudwatch._p(params, name) or None
        status, _, body = describe_alarms({}, request, False, True)
        if status != 200:
            return describe_alarms(params, data, False, False)
        result = json.loads(body)
        for alarm in result["MetricAlarms"]:
            if alarm.get("ExtendedStatistic"):
                # It has one or the other; ministack adds an Average to a percentile.
                alarm.pop("Statistic", None)
        return cloudwatch._xml(200, "DescribeAlarmsResponse", _xml("DescribeAlarmsResult", result))

    cloudwatch._put_metric_alarm = put
    cloudwatch._describe_alarms = describe


def _members(cloudwatch, params, name):
    found = []
    while value := cloudwatch._p(params, f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


def _xml(name, value):
    if value is None:
        return ""
    if isinstance(value, dict):
        content = "".join(_xml(key, item) for key, item in value.items())
    elif isinstance(value, list):
        content = "".join(_xml("member", item) for item in value)
    elif isinstance(value, bool):
        content = str(value).lower()
    elif name.endswith("Timestamp"):
        content = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))
    else:
        content = escape(str(value))
    return f"<{name}>{content}</{name}>"
