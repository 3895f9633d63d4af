"""Workarounds for the sessions of roles; see launcher.py."""

import time


def expire_by_time_passed():
    """Sessions expire at a time of day: if the machine's clock is set forward, the sessions of running builds
    expire at once."""
    from ministack.services import sts

    register = sts.register_session

    def registered(access_key, session):
        register(access_key, _Session(session) if "Expiration" in session else session)

    sts.register_session = registered


class _Session(dict):
    """A session that expires by the monotonic clock, and reports its expiration as a time of day."""

    def __init__(self, session):
        super().__init__(session)
        self._end = time.monotonic() + session["Expiration"] - time.time()

    def __getitem__(self, name):
        if name == "Expiration":
            return time.time() + self._end - time.monotonic()
        return super().__getitem__(name)

    def get(self, name, default=None):
        return self[name] if name in self else default
