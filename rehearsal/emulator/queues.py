"""Workarounds for SQS; see launcher.py."""

import contextvars
import logging
import threading
import time

# AWS publishes the length of a queue every minute; a rehearsal should not have to wait that long.
SECONDS_BETWEEN_DATA = 5


def publish_lengths():
    """Queues have no metrics: an alarm on one would never go off."""
    from ministack.services import cloudwatch, sqs

    threading.Thread(target=_keep_publishing, args=[cloudwatch, sqs], daemon=True).start()


def _keep_publishing(cloudwatch, sqs):
    from ministack.core import responses

    def publish(account, region):
        # ministack keeps every account's and region's queues apart by these two variables.
        responses._request_account_id.set(account)
        responses._request_region.set(region)
        for queue in list(sqs._queues.values()):
            _publish_length(cloudwatch, sqs, queue)

    while True:
        time.sleep(SECONDS_BETWEEN_DATA)
        try:
            for account, region in {key[:2] for key in list(sqs._queues._data)}:
                contextvars.copy_context().run(publish, account, region)
        except Exception:
            # One failed round must not end all the later ones.
            logging.getLogger("ministack").exception("publishing the lengths of queues failed")


def _publish_length(cloudwatch, sqs, queue):
    sqs._refresh_counts(queue)
    value = float(queue["attributes"]["ApproximateNumberOfMessages"])
    cloudwatch.record_metric(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", value, unit="Count", dimensions={"QueueName": queue["name"]}
    )
