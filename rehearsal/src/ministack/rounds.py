"""What AWS does every minute by itself, and ministack only when it is asked; see launcher.py."""

import contextvars
import logging
import threading
import time

# AWS does it about once a minute; a rehearsal should not have to wait that long.
SECONDS_BETWEEN_ROUNDS = 5

# Held while a round is under way, and by who needs that none is.
pause = threading.Lock()


def keep_doing(what, scoped, work):
    """Does `work` in rounds, once for each account and region of which `scoped` holds something."""
    threading.Thread(target=_go_round, args=[what, scoped, work], daemon=True).start()


def _go_round(what, scoped, work):
    from ministack.core import responses

    def do(account, region):
        # ministack keeps what belongs to accounts and regions apart by these two variables.
        responses._request_account_id.set(account)
        responses._request_region.set(region)
        work()

    while True:
        time.sleep(SECONDS_BETWEEN_ROUNDS)
        try:
            with pause:
                for account, region in {key[:2] for key in list(scoped._data)}:
                    contextvars.copy_context().run(do, account, region)
        except Exception:
            # One failed round must not end all the later ones.
            logging.getLogger("ministack").exception("%s failed", what)
