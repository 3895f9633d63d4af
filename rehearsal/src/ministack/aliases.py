"""Workarounds for the aliases of functions; see launcher.py."""

import contextvars
import random
import threading
import time

# The alias in the configuration of a function that was looked up for an invocation.
_ALIAS = "HeavyWaterAlias"

# The alias of an Invoke request, which looks its function up by itself: empty without an alias, None for what invokes
# a function in another way.
_invoked = contextvars.ContextVar("heavy_water_alias", default=None)

# Seconds that the invocation of this thread has waited for the start of its function's process.
_initializing = threading.local()


def follow_weights():
    """The weights of an alias are kept, and everything goes to its main version."""
    from ministack.services import lambda_svc

    invoke, look_up = lambda_svc._invoke, lambda_svc._get_func_record_for_ref

    async def invoke_weighted(name, event, headers, path_qualifier=None, query_params=None):
        qualifier = _qualifier(lambda_svc, headers, path_qualifier, query_params)
        chosen = _choose(lambda_svc._functions.get(name), qualifier) or path_qualifier
        return await invoke(name, event, headers, chosen, query_params)

    def look_up_weighted(reference):
        func, name, qualifier = parts(lambda_svc, reference)
        chosen = _choose(func, qualifier)
        if not chosen:
            return look_up(reference)
        record, config, _ = look_up(f"{reference.removesuffix(qualifier)}{chosen}")
        return record, config, name

    lambda_svc._invoke = invoke_weighted
    lambda_svc._get_func_record_for_ref = look_up_weighted


def _choose(func, qualifier):
    """The version that an alias with weights invokes this time; None for anything else."""
    alias = ((func or {}).get("aliases") or {}).get(qualifier) or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
    if not weights:
        return None
    point = random.random()
    for version, weight in weights.items():
        point -= weight
        if point < 0:
            return version
    return alias["FunctionVersion"]


def count_by_alias():
    """Only Invoke is counted, not events and requests, and only for the whole function: no metric distinguishes
    versions or aliases. Durations include the start of a process, which Lambda excludes."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    invoke, look_up = lambda_svc._invoke, lambda_svc._get_func_record_for_ref
    execute, spawn = lambda_svc._execute_function, lambda_runtime.Worker._spawn

    async def invoke_by_alias(name, event, headers, path_qualifier=None, query_params=None):
        qualifier = _qualifier(lambda_svc, headers, path_qualifier, query_params)
        is_alias = qualifier in ((lambda_svc._functions.get(name) or {}).get("aliases") or {})
        _invoked.set(qualifier if is_alias else "")
        return await invoke(name, event, headers, path_qualifier, query_params)

    def look_up_by_alias(reference):
        record, config, name = look_up(reference)
        func, _, qualifier = parts(lambda_svc, reference)
        is_alias = qualifier in ((func or {}).get("aliases") or {})
        _invoked.set(None)
        return record, {**config, _ALIAS: qualifier} if config and is_alias else config, name

    def execute_counted(func, event):
        config = func.get("config") or func
        invoked = _invoked.get()
        alias = config.get(_ALIAS) or invoked
        # It is called once more then, for the function's own account and region.
        if alias == "" or lambda_svc._function_config_scope_mismatch(config):
            return execute(func, event)
        _initializing.seconds = 0
        began = time.monotonic()
        result = execute(func, event)
        seconds = time.monotonic() - began - _initializing.seconds
        name = config["FunctionName"]
        if invoked is None:
            _count(result, seconds, {"FunctionName": name})
        if alias:
            # For the alias, and for the version that the alias has chosen.
            of_alias = {"FunctionName": name, "Resource": f"{name}:{alias}"}
            _count(result, seconds, of_alias, {**of_alias, "ExecutedVersion": config["Version"]})
        return result

    def spawn_timed(worker):
        began = time.monotonic()
        try:
            spawn(worker)
        finally:
            _initializing.seconds = time.monotonic() - began

    lambda_svc._invoke = invoke_by_alias
    lambda_svc._get_func_record_for_ref = look_up_by_alias
    lambda_svc._execute_function = execute_counted
    lambda_runtime.Worker._spawn = spawn_timed


def _count(result, seconds, *each):
    """Records an invocation in the metrics of each of these dimensions."""
    from ministack.services import cloudwatch

    is_throttled = bool(result.get("throttle"))
    for dimensions in each:
        metric = {"Throttles": (int(is_throttled), "Count")}
        if not is_throttled:
            metric["Invocations"] = (1, "Count")
            metric["Errors"] = (int(bool(result.get("error"))), "Count")
            metric["Duration"] = (seconds * 1000, "Milliseconds")
        for metric_name, (value, unit) in metric.items():
            cloudwatch.record_metric("AWS/Lambda", metric_name, value, unit, dimensions)


def _qualifier(lambda_svc, headers, path_qualifier, query_params):
    """The qualifier of an Invoke request, from where ministack takes it."""
    of_query = lambda_svc._qp_first(query_params or {}, "Qualifier")
    return path_qualifier or of_query or lambda_svc._qp_first(headers, "x-amz-qualifier")


def parts(lambda_svc, reference):
    """The function of a name or ARN in the account of the request, its name, and the qualifier."""
    name, qualifier = lambda_svc._resolve_name_and_qualifier(reference)
    return lambda_svc._functions.get(name), name, qualifier
