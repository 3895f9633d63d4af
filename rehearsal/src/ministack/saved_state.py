"""Saves and restores the state of the emulator; see launcher.py.

ministack's own persistence saves on SIGTERM only and omits sessions, resource policies, the launcher's data and
more. All state of ministack and of the launcher is in module-level containers, so this saves each of them.
"""

import collections
import importlib
import itertools
import os
import pickle
import sys
from pathlib import Path

import decisions
import polling

PATH = "/_rehearsal/state"

_HERE = Path(__file__).parent

FILE = "state.pickle"

_DATA = {"builtins", "collections", "datetime", "ministack.core.responses"}

_CONTAINERS = (dict, list, set, collections.deque)

# What belongs to the running process: connections, processes of functions, and where their code is unpacked.
_OF_THE_PROCESS = {
    "ministack.services.apigateway": {"_ws_connections"},
    "ministack.services.cloudwatch_logs": {"_live_tail_sessions"},
    "ministack.services.lambda_svc": {
        "_docker_extract_dirs",
        "_esm_inflight",
        "_inflight",
        "_provided_code_dirs",
        "_warm_pool",
    },
    "ministack.services.s3": {"_olap_requests"},
}


def save_and_restore(folder):
    """ministack saves its state only when it ends, and not all of it. PUT /_rehearsal/state saves everything to a
    file in the folder, and POST /_rehearsal/state replaces everything by what that file has."""
    file = folder / FILE

    def answer(method, path, body):
        work = {"PUT": _save, "POST": _restore}.get(method) if path == PATH else None
        if not work:
            return None
        try:
            # Polling would change the state meanwhile.
            with polling.pause:
                work(file)
            return {}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    decisions._answer(answer)


def _save(file):
    state = {}
    for module_name, name, container in _all_containers():
        state.setdefault(module_name, {})[name] = container
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as output:
        output.write(_pickled(state))


def _restore(file):
    with open(file, "rb") as saved:
        state = _DataOnly(saved).load()
    for module_name, containers in state.items():
        module = importlib.import_module(module_name)
        for name, saved in containers.items():
            # Others have imported the container: it stays, and what it holds is replaced.
            _replace(getattr(module, name), saved)
    _correct_digests()


class _DataOnly(pickle.Unpickler):
    """Makes instances of classes that hold data. Any other name in a file could be that of a function to call."""

    def find_class(self, module, name):
        found = super().find_class(module, name)
        if isinstance(found, type) and (module in _DATA or _has_state(module, sys.modules[module])):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no data")


def _all_containers():
    for module_name, module in sorted(sys.modules.items()):
        if not _has_state(module_name, module):
            continue
        for name, value in list(vars(module).items()):
            is_constant = name.startswith("__") or name.lstrip("_").isupper()
            is_container = isinstance(value, _CONTAINERS) or _is_scoped(value)
            if is_container and not is_constant and name not in _OF_THE_PROCESS.get(module_name, ()):
                yield module_name, name, value


def _has_state(module_name, module):
    if module_name.startswith("ministack.services."):
        return True
    file = getattr(module, "__file__", None)
    return module_name != "__main__" and file is not None and Path(file).parent == _HERE


def _is_scoped(value):
    from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

    return isinstance(value, (AccountRegionScopedDict, AccountScopedDict))


def _pickled(state):
    try:
        return pickle.dumps(state, protocol=5)
    except Exception:
        # To find out which it was: of all at once, the error doesn't tell.
        for module_name, containers in state.items():
            for name, container in containers.items():
                try:
                    pickle.dumps(container)
                except Exception as error:
                    raise ValueError(
                        f"{module_name}.{name} can't be saved ({error}). State has to be plain data; what belongs "
                        f"to the process has to be listed in {Path(__file__).name}."
                    ) from error
        raise


def _replace(container, saved):
    if _is_scoped(container):
        container, saved = container._data, saved._data
    if isinstance(container, list):
        container[:] = saved
        return
    container.clear()
    if isinstance(container, collections.deque):
        container.extend(saved)
    else:
        container.update(saved)


def _correct_digests():
    """Addresses in the file may have been replaced before it was restored: objects of S3 that had some have other
    digests now, which Terraform's S3 backend checks."""
    from ministack.services import s3

    objects = (record for bucket in s3._buckets._data.values() for record in bucket["objects"].values())
    versions = itertools.chain.from_iterable(s3._object_versions._data.values())
    for record in itertools.chain(objects, versions):
        body = record.get("body", record.get("data"))
        if not isinstance(body, bytes):
            continue
        etag = f'"{s3.md5_hash(body)}"'
        if "-" in record["etag"] or record["etag"] == etag:
            continue
        record["etag"] = etag
        for algorithm in record.get("checksums") or {}:
            record["checksums"][algorithm] = s3._compute_s3_checksum(algorithm, body)

