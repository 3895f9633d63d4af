"""Approves and stops executions of a pipeline. Prints what it has read, as JSON."""

import json
import time

import boto3

PIPELINE = "delivery"

codepipeline = boto3.client("codepipeline")
codebuild = boto3.client("codebuild")
logs = boto3.client("logs")


def pages(client, operation, key, **arguments):
    """Returns all items of an operation with one item per page, and the number of pages."""
    paginator = client.get_paginator(operation)
    every = list(paginator.paginate(PaginationConfig={"PageSize": 1}, **arguments))
    return [item for page in every for item in page[key]], len(every)


def until(find):
    """Polls until `find` returns something truthy."""
    for _ in range(600):
        if answer := find():
            return answer
        time.sleep(0.1)
    raise TimeoutError("Not within 60 seconds.")


def waiting_approval(execution):
    """Returns the token of the approval that an execution waits for."""
    for stage in codepipeline.get_pipeline_state(name=PIPELINE)["stageStates"]:
        latest = stage.get("latestExecution", {})
        if stage["stageName"] == "Approval" and latest.get("pipelineExecutionId") == execution:
            return stage["actionStates"][0].get("latestExecution", {}).get("token")
    return None


def status(execution):
    answer = codepipeline.get_pipeline_execution(pipelineName=PIPELINE, pipelineExecutionId=execution)
    return answer["pipelineExecution"]["status"]


def decide(token, summary):
    codepipeline.put_approval_result(
        pipelineName=PIPELINE,
        stageName="Approval",
        actionName="Approval",
        token=token,
        result={"status": "Approved", "summary": summary},
    )


def stop(execution):
    codepipeline.stop_pipeline_execution(
        pipelineName=PIPELINE, pipelineExecutionId=execution, abandon=True, reason="lunch"
    )


def error_of(expected, call, *arguments, **named):
    """Returns the error of a call, which must be of the expected type."""
    try:
        call(*arguments, **named)
    except expected as error:
        return error.response["Error"]
    return None


def approved_run():
    """Starts an execution, reads the log of its build, and approves it."""
    execution = codepipeline.start_pipeline_execution(name=PIPELINE)["pipelineExecutionId"]
    token = until(lambda: waiting_approval(execution))
    actions, count = pages(
        codepipeline,
        "list_action_executions",
        "actionExecutionDetails",
        pipelineName=PIPELINE,
        filter={"pipelineExecutionId": execution},
    )
    (test,) = [action for action in actions if action["actionName"] == "UnitTest"]
    build_id = test["output"]["executionResult"]["externalExecutionId"]
    (build,) = codebuild.batch_get_builds(ids=[build_id])["builds"]
    group, stream = build["logs"]["groupName"], build["logs"]["streamName"]
    events, _ = pages(logs, "filter_log_events", "events", logGroupName=group, logStreamNames=[stream])
    other = "00000000-0000-0000-0000-000000000000"
    wrong = error_of(codepipeline.exceptions.InvalidApprovalTokenException, decide, other, "no")
    decide(token, "fine")
    until(lambda: status(execution) == "Succeeded")
    return {
        "execution": execution,
        "actions": [f"{action['actionName']} {action['status']}" for action in actions],
        "pagesOfActions": count,
        "started": test["startTime"].timestamp(),
        "build": build["buildStatus"],
        "log": [event["message"] for event in events],
        "wrongToken": wrong,
        "tooLate": error_of(
            codepipeline.exceptions.ApprovalAlreadyCompletedException, decide, token, "again"
        ),
    }


def stopped_run():
    """Starts an execution, and stops it while it waits for approval."""
    execution = codepipeline.start_pipeline_execution(name=PIPELINE)["pipelineExecutionId"]
    until(lambda: waiting_approval(execution))
    stop(execution)
    until(lambda: status(execution) == "Stopped")
    again = error_of(codepipeline.exceptions.PipelineExecutionNotStoppableException, stop, execution)
    return {"execution": execution, "again": again}


def main():
    approved = approved_run()
    stopped = stopped_run()
    executions, count = pages(
        codepipeline,
        "list_pipeline_executions",
        "pipelineExecutionSummaries",
        pipelineName=PIPELINE,
    )
    report = {
        "approved": approved,
        "stopped": stopped,
        "executions": {one["pipelineExecutionId"]: one["status"] for one in executions},
        "pagesOfExecutions": count,
        "notFound": error_of(
            codepipeline.exceptions.PipelineNotFoundException, codepipeline.get_pipeline, name="none"
        ),
    }
    print(json.dumps(report))


main()
