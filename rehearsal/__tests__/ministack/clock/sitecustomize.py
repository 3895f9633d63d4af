"""Python imports this before a program when its folder is in PYTHONPATH. It makes a test the master of the program's
clocks: the file `clocks` in the folder that follows in PYTHONPATH has the seconds to add to the time of day, and those
to add to the clock that measures how much time has passed."""

import datetime
import os
import time

_time, _monotonic, _datetime = time.time, time.monotonic, datetime.datetime


def _ahead():
    try:
        # The emulator gets no variable of its own from outside.
        with open(os.path.join(os.environ["PYTHONPATH"].split(os.pathsep)[1], "clocks")) as file:
            of_day, passed = file.read().split()
    except FileNotFoundError:
        return 0, 0
    return float(of_day), float(passed)


class _Datetime(_datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.timezone.utc).replace(tzinfo=None)


time.time = lambda: _time() + _ahead()[0]
time.monotonic = lambda: _monotonic() + _ahead()[1]
datetime.datetime = _Datetime
