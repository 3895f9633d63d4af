"""Workarounds for the processes that functions run in; see launcher.py."""

import collections
import os
import threading
import time

# How many processes of one version are started at the same time: more of them only keep each other up.
STARTS = max(2, os.cpu_count() or 2)

# Seconds between two looks at whether a process has become free.
LOOK = 0.005


def start_few_at_once():
    """Every invocation without an idle process starts one, as Lambda does, which has a machine for each. Here a
    version that gets all traffic at once would start hundreds, and block this machine: invocations wait while
    others are starting, and mostly get one of those."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    acquire = lambda_svc.acquire_worker
    turns = collections.defaultdict(threading.Lock)

    def acquire_or_wait(func_name, config, code_zip, qualifier="$LATEST", max_concurrency=None):
        key = lambda_runtime._worker_key(func_name, config, qualifier)
        # Sequentially, so that a process that becomes free is given to one invocation.
        with turns[key]:
            # Starts always end, so this cannot deadlock.
            while _are_starting(lambda_runtime, key):
                time.sleep(LOOK)
            return acquire(func_name, config, code_zip, qualifier, max_concurrency)

    lambda_svc.acquire_worker = acquire_or_wait


def _are_starting(lambda_runtime, key):
    """Whether none is idle, and as many as may be are on their way to their first answer."""
    with lambda_runtime._lock:
        workers = list(lambda_runtime._workers.get(key) or [])
    is_idle = any(not worker.in_use for worker in workers)
    return not is_idle and sum(worker._start_time is None for worker in workers) >= STARTS
