"""A workaround for metrics in the logs of functions; see launcher.py."""

import json
import time

# A value that is a list holds at most as many.
MOST_VALUES = 100

# Dimensions of a set at most.
MOST_DIMENSIONS = 30

# How far from now a document's time may be, in seconds: older and later ones are no metrics.
OLDEST, LATEST = 14 * 24 * 3600, 2 * 3600


def extract_metrics():
    """Lines in CloudWatch's embedded metric format are kept as lines, and no metric comes of them.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    from ministack.services import cloudwatch, lambda_svc

    emit = lambda_svc._emit_lambda_logs

    def emit_and_extract(func, request_id, log_text, *args, **kwargs):
        for line in (log_text or "").splitlines():
            for namespace, name, values, unit, dimensions in data_points(line, time.time()):
                for value in values:
                    cloudwatch.record_metric(namespace, name, value, unit, dimensions)
        return emit(func, request_id, log_text, *args, **kwargs)

    lambda_svc._emit_lambda_logs = emit_and_extract


def data_points(line, now):
    """What a line of a log says of metrics: nothing, when it is anything but a valid document."""
    if '"CloudWatchMetrics"' not in line:
        return []
    try:
        document = json.loads(line)
        return list(_read(document, now))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # CloudWatch counts it as EMFParsingErrors or EMFValidationErrors, and makes nothing of it.
        return []


def _read(document, now):
    metadata = document["_aws"]
    stamp = _number(metadata["Timestamp"]) / 1000
    if not now - OLDEST <= stamp <= now + LATEST:
        raise ValueError("its time is too far from now")
    for directive in _list(metadata["CloudWatchMetrics"]):
        namespace = _text(directive["Namespace"])
        sets = [_dimensions(document, names) for names in _list(directive["Dimensions"])]
        for metric in _list(directive["Metrics"]):
            name = _text(metric["Name"])
            value = document[name]
            values = [_number(one) for one in value] if isinstance(value, list) else [_number(value)]
            if len(values) > MOST_VALUES:
                raise ValueError(f"{name} has more than {MOST_VALUES} values")
            for dimensions in sets:
                yield namespace, name, values, metric.get("Unit", "None"), dimensions


def _dimensions(document, names):
    if len(_list(names)) > MOST_DIMENSIONS:
        raise ValueError(f"a set has more than {MOST_DIMENSIONS} dimensions")
    return {_text(name): _text(document[name]) for name in names}


def _list(value):
    if not isinstance(value, list):
        raise TypeError("it must be an array")
    return value


def _number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("it must be a number")
    return value


def _text(value):
    if not isinstance(value, str) or not value:
        raise TypeError("it must be a text")
    return value
