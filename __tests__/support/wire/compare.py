"""Compares calls that tests have recorded with botocore's models of the services.

Reads the folder that REHEARSAL_CALLS named, writes a report as JSON to stdout. Takes nothing from the rehearsal:
the models are botocore's, and so is the first check of inputs. What botocore leaves out (enums, patterns, lengths
at the upper end, answers at all) is read from the models here.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

SERVICES = {
    "codebuild": "codebuild",
    "codeconnections": "codeconnections",
    "codepipeline": "codepipeline",
    "codestar-connections": "codestar-connections",
    "servicequotas": "service-quotas",
}

# What AWS answers to what an operation can't read.
REFUSALS = {
    "IllegalArgumentException",
    "InvalidInputException",
    "SerializationException",
    "ValidationException",
}

# Errors that no operation declares.
COMMON = {
    # https://docs.aws.amazon.com/codepipeline/latest/APIReference/CommonErrors.html
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "RequestEntityTooLargeException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    # Before there were models: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
    "InvalidSignatureException",
    # https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    "MissingAuthenticationTokenException",
    # Of the protocol: aws/aws-cdk#27087
    "SerializationException",
    # Connections declare no error for their inputs: aws-ia/terraform-aws-control_tower_account_factory#508
    "ValidationException",
}

# Where AWS answers otherwise than its own models say: of what there is none, CodeBuild shows an empty list.
# awscli/examples/codebuild/batch-get-builds.rst in aws/aws-cli
EMPTY_LISTS = {"ids", "builds", "buildsNotFound", "projects", "projectsNotFound", "reportGroups", "reportGroupsNotFound"}
AS_AWS_DOES = {f"answer.{name}: 0 is less than 1" for name in EMPTY_LISTS}


def walk(shape, value, path):
    """What a value breaks of its shape, in words; lists, maps and structures are walked to their ends."""
    kind = shape.type_name
    if kind == "structure":
        yield from structure(shape, value, path)
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        yield from size(shape, len(value), path)
        for index, item in enumerate(value):
            yield from walk(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no map"
            return
        yield from size(shape, len(value), path)
        for key, item in value.items():
            yield from walk(shape.key, key, f"{path} key {key}")
            yield from walk(shape.value, item, f"{path}[{key}]")
    elif kind == "string":
        yield from string(shape, value, path)
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path}: {value!r} is no boolean"
    else:
        yield from number(shape, value, path)


def structure(shape, value, path):
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no structure"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{path}.{name} is missing"
    for name, item in value.items():
        if name in shape.members:
            yield from walk(shape.members[name], item, f"{path}.{name}")
        else:
            yield f"{path}.{name} is unknown"


def string(shape, value, path):
    if not isinstance(value, str):
        yield f"{path}: {value!r} is no string"
        return
    yield from size(shape, len(value), path)
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield f"{path}: {value!r} does not match {pattern}"


def number(shape, value, path):
    """Integers, doubles, and timestamps, which the JSON protocols write as seconds since the epoch."""
    kind = shape.type_name
    is_whole = kind in ("integer", "long")
    if isinstance(value, bool) or not isinstance(value, int if is_whole else (int, float)):
        yield f"{path}: {value!r} is no {kind}"
    elif kind == "integer" and not -(2**31) <= value < 2**31:
        yield f"{path}: {value} does not fit an integer"
    elif kind == "timestamp":
        # Milliseconds would be thousands of years ahead.
        if not 0 <= value < 10**10:
            yield f"{path}: {value} is no time in seconds"
    else:
        yield from size(shape, value, path)


def size(shape, amount, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and amount < low:
        yield f"{path}: {amount} is less than {low}"
    if high is not None and amount > high:
        yield f"{path}: {amount} is more than {high}"


@lru_cache(maxsize=None)
def compiled(pattern):
    # Letters, separators and numbers as a class of Unicode, which Python's `re` lacks; these are a little more.
    return re.compile(pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s"))


def without_nulls(value):
    """An input as a service takes it: a member that is null is not there."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def input_problems(shape, text):
    """Why a model refuses a request's body; unknown members alone are no reason."""
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return ["the body is not JSON"]
    if not isinstance(value, dict):
        return ["the body is no object"]
    if shape is None:
        return []
    value = without_nulls(value)
    problems = [one for one in walk(shape, value, "input") if not one.endswith(" is unknown")]
    report = ParamValidator().validate(value, shape).generate_report()
    return problems + [line for line in report.splitlines() if not line.startswith("Unknown parameter")]


class Report:
    """What has been seen of each operation, and what is wrong."""

    def __init__(self):
        self.loader = Loader()
        self.models = {}
        self.rows = defaultdict(Counter)
        self.problems = Counter()

    def model(self, service):
        if service not in self.models:
            data = self.loader.load_service_model(SERVICES[service], "service-2")
            self.models[service] = ServiceModel(data, service)
        return self.models[service]

    def add(self, call):
        """Checks one call; returns what it counts as, for when the same comes again."""
        service, operation = call["service"], call["operation"]
        model = self.model(service)
        if operation not in model.operation_names:
            if call["answer"].get("__type") != "UnknownOperationException":
                self.problems[f"{service}.{operation} is no operation, but is answered"] += 1
            return None
        known = model.operation_model(operation)
        code = call["answer"].get("__type") if call["status"] != 200 else None
        refused = input_problems(known.input_shape, call["input"])
        for problem in self.check(known, call, code, refused):
            self.problems[f"{service}.{operation}: {problem}"] += 1
        kinds = ["errors" if code else "answers"] + (["refused"] if refused else [])
        return (f"{service}.{operation}", kinds)

    def check(self, known, call, code, refused):
        if code is None:
            if refused:
                yield f"takes what the model refuses: {refused[0]}"
            if known.output_shape is not None:
                problems = walk(known.output_shape, call["answer"], "answer")
                yield from (problem for problem in problems if problem not in AS_AWS_DOES)
            return
        declared = {shape.name for shape in known.error_shapes}
        if code not in declared | COMMON:
            yield f"answers {code}, which is not among its errors"
        elif refused and code not in REFUSALS and code in declared:
            yield f"answers {code} instead of a validation error: {refused[0]}"

    def count(self, seen):
        if seen is None:
            return
        name, kinds = seen
        for kind in ["calls", *kinds]:
            self.rows[name][kind] += 1


def main(folder):
    report = Report()
    for file in sorted(Path(folder).glob("*.jsonl")):
        seen = {}
        with file.open() as lines:
            for line in lines:
                entry = json.loads(line)
                if "call" in entry:
                    seen[entry["digest"]] = report.add(entry["call"])
                report.count(seen[entry["digest"]])
    json.dump({"rows": report.rows, "problems": report.problems}, sys.stdout)


main(sys.argv[1])
