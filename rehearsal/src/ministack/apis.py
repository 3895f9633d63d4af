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
    from ministack.services import apigateway, cloudwatch

    invoke = apigateway._invoke_lambda_proxy

    async def invoke_counted(integration, api_id, stage, *args, **kwargs):
        response = await invoke(integration, api_id, stage, *args, **kwargs)
        for dimensions in ({"ApiId": api_id}, {"ApiId": api_id, "Stage": stage}):
            for name, kind in (("4xx", 4), ("5xx", 5)):
                is_one = response[0] // 100 == kind
                cloudwatch.record_metric("AWS/ApiGateway", name, int(is_one), "Count", dimensions)
            cloudwatch.record_metric("AWS/ApiGateway", "Count", 1, "Count", dimensions)
        return response

    apigateway._invoke_lambda_proxy = invoke_counted
