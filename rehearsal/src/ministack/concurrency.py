"""Workarounds for the reserved concurrency of functions; see launcher.py."""

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
KEPT_UNRESERVED = 100


def keep_unreserved():
    """A function gets every reservation it asks for, also more than the account has. Lambda keeps 100 concurrent
    executions for functions without one, or the whole quota of an account that has less."""
    from ministack.core.responses import error_response_json
    from ministack.services import lambda_svc

    put = lambda_svc._put_function_concurrency

    def put_within_quota(func_name, data):
        limit = lambda_svc._ACCOUNT_CONCURRENCY_CAP or 1000
        others = sum(
            int(function.get("concurrency") or 0)
            for name, function in list(lambda_svc._functions.items())
            if name != func_name
        )
        kept = min(KEPT_UNRESERVED, limit)
        if limit - others - int(data.get("ReservedConcurrentExecutions", 0)) < kept:
            return error_response_json(
                "InvalidParameterValueException",
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{kept}].",
                400,
            )
        return put(func_name, data)

    lambda_svc._put_function_concurrency = put_within_quota
