"""Workarounds for SQS; see launcher.py."""

import polling


def publish_lengths():
    """Queues have no metrics, so an alarm on one would never fire."""
    from ministack.services import cloudwatch, sqs

    def publish():
        for queue in list(sqs._queues.values()):
            _publish_length(cloudwatch, sqs, queue)

    polling.start("publishing the lengths of queues", sqs._queues, publish)


def _publish_length(cloudwatch, sqs, queue):
    sqs._refresh_counts(queue)
    value = float(queue["attributes"]["ApproximateNumberOfMessages"])
    cloudwatch.record_metric(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", value, unit="Count", dimensions={"QueueName": queue["name"]}
    )
