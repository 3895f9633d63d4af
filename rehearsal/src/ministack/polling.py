"""Polling for what AWS does every minute, and ministack only on request; see launcher.py."""

import contextvars
import logging
import threading
import time

# Shorter than AWS's minute, to keep rehearsals short.
INTERVAL_SECONDS = 5

# Held during each poll, and to pause polling.
pause = threading.Lock()


def start(what, scoped, work):
    """Runs `work` periodically for each account and region with entries in `scoped`."""
    threading.Thread(target=_poll, args=[what, scoped, work], daemon=True).start()


def _poll(what, scoped, work):
    from ministack.core import responses

    def do(account, region):
        # ministack keeps what belongs to accounts and regions apart by these two variables.
        responses._request_account_id.set(account)
        responses._request_region.set(region)
        work()

    while True:
        time.sleep(INTERVAL_SECONDS)
        try:
            with pause:
                for account, region in {key[:2] for key in list(scoped._data)}:
                    contextvars.copy_context().run(do, account, region)
        except Exception:
            # A failed poll must not stop later ones.
            logging.getLogger("ministack").exception("%s failed", what)
