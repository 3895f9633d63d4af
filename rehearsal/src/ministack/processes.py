"""Workarounds for the processes that functions run in; see launcher.py."""

import collections
import os
import select
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


def look_for_logs_once():
    """After each answer of a function that logs nothing, ministack looks for its log every millisecond for 50 ms: most
    of the time of such a request, and processor time that others lack. What a function has logged before its answer is
    in the pipe by then, or at least its beginning (https://nodejs.org/api/process.html#a-note-on-process-io)."""
    from ministack.core import lambda_runtime

    drain_later = lambda_runtime.Worker._drain_stderr_bounded

    def read(worker):
        log = worker.heavy_water_log = _Log(worker._proc.stderr.fileno(), worker._stderr_queue)
        while log.is_open:
            log.wait()
            log.read()
        log.close()

    def drain(worker, *args, **kwargs):
        log = getattr(worker, "heavy_water_log", None)
        # The processes of custom runtimes have another log.
        if log is not None and not log.read():
            return ""
        return drain_later(worker, *args, **kwargs)

    lambda_runtime.Worker._read_stderr = read
    lambda_runtime.Worker._drain_stderr_bounded = drain


class _Log:
    """The pipe that a process logs to. One thread reads it all the time, another one after each answer."""

    def __init__(self, file, lines):
        # ministack closes its own when the process has failed, maybe while this one is read.
        self._file = os.dup(file)
        self._lines = lines
        self._rest = b""
        self._turn = threading.Lock()
        self.is_open = True

    def wait(self):
        """Waits for output, or for the end of the process."""
        self._has_output(None)

    def read(self):
        """Passes on the lines that have been written. Returns whether there are any, or the beginning of one."""
        with self._turn:
            while self.is_open and self._has_output(0):
                output = os.read(self._file, 65_536)
                *lines, self._rest = (self._rest + output).split(b"\n")
                if not output:
                    lines += filter(None, [self._rest])
                    self.is_open = False
                for line in lines:
                    self._lines.put(line.decode(errors="replace"))
            return bool(self._rest) or not self._lines.empty()

    def close(self):
        os.close(self._file)

    def _has_output(self, milliseconds):
        output = select.poll()
        output.register(self._file, select.POLLIN)
        return output.poll(milliseconds)
