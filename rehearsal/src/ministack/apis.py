"""Workarounds for HTTP APIs; see launcher.py."""


def pass_stage_variables():
    """The event that a function gets lacks the variables of the stage (payload format 2.0).
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    from ministack.services import apigateway, lambda_svc

    execute = lambda_svc._execute_function_with_config_scope

    def execute_with_variables(record, event, *args, **kwargs):
        request = event.get("requestContext") if isinstance(event, dict) else None
        if isinstance(request, dict) and event.get("version") == "2.0" and "apiId" in request:
            variables = apigateway._get_stage_variables(request["apiId"], request["stage"])
            if variables:
                event = {**event, "stageVariables": variables}
        return execute(record, event, *args, **kwargs)

    lambda_svc._execute_function_with_config_scope = execute_with_variables


def count_answers():
    """An HTTP API counts nothing: whether its callers get errors can't be seen from outside."""
    from ministack import app
    from ministack.core.responses import request_scope
    from ministack.services import apigateway, cloudwatch

    def record(api_id, stage, status):
        for dimensions in ({"ApiId": api_id}, {"ApiId": api_id, "Stage": stage}):
            for name, kind in (("4xx", 4), ("5xx", 5)):
                is_one = status // 100 == kind
                cloudwatch.record_metric("AWS/ApiGateway", name, int(is_one), "Count", dimensions)
            cloudwatch.record_metric("AWS/ApiGateway", "Count", 1, "Count", dimensions)

    handle = app._handle_execute_api_request

    async def handle_counted(host, path, *args, **kwargs):
        response = await handle(host, path, *args, **kwargs)
        called = app._parse_execute_api_url(host, path)
        scope = called and apigateway.find_api_scope(called[0])
        if scope:
            with request_scope(*scope):
                stage, _ = app._resolve_stage_and_path(*called)
                record(called[0], stage, response[0])
        return response

    app._handle_execute_api_request = handle_counted
