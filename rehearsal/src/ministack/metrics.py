"""Workarounds for CloudWatch's metrics; see launcher.py."""

import time


def keep_until_old():
    """Each request to CloudWatch copies all values of all metrics, to leave out those older than two weeks: after twenty
    minutes of load nearly all of the emulator's processor time. A metric's first value is its oldest, unless a client
    has published values of the past, so it tells whether there is anything to leave out."""
    from ministack.services import cloudwatch

    evict = cloudwatch._evict_old_metrics

    def evict_old():
        cutoff = time.time() - cloudwatch.TWO_WEEKS_SECONDS
        if any(not points or points[0]["Timestamp"] < cutoff for _, points in list(cloudwatch._metrics.items())):
            evict()

    cloudwatch._evict_old_metrics = evict_old
