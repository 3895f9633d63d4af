"""Variables of the rehearsal that functions get in addition to their own; see launcher.py."""

import json
import os

import decisions

PATH = "/_rehearsal/function-variables"


def add_variables():
    """Functions know no endpoint but ministack's. PUT /_rehearsal/function-variables gives those that start from then
    on more variables, such as the endpoints of the services beside ministack."""
    def answer(method, path, body):
        if (method, path) != ("PUT", PATH):
            return None
        # A function inherits the emulator's environment.
        os.environ.update(json.loads(body))
        return {}

    decisions._answer(answer)
