"""Checks of requests and answers against the vendors' own descriptions, where these are there."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).parents[3] / "shared" / "specs"
"""Beside the project, in checkouts that have it; not part of the repository."""

needs_specs = pytest.mark.skipif(
    not SPECS.is_dir() and not os.environ.get("LEADSYNC_SPECS"),
    reason="the vendors' descriptions are not beside this checkout",
)


def check_request(spec: str, operation: str, body: Any) -> None:
    """A request's JSON body fits the description of `POST /path` in a file of the vendor."""
    _check(spec, operation, _described(spec, operation).get("requestBody"), body)


def check_response(spec: str, operation: str, status: int, body: Any) -> None:
    """An answer's JSON body fits what the description says of that status."""
    answers = _described(spec, operation)["responses"]
    codes = (str(status), f"{status // 100}XX", "default")
    found = next((answers[code] for code in codes if code in answers), None)
    assert found is not None, f"{operation} has no answer {status} in {spec}"
    _check(spec, operation, found, body)


def check_parameters(spec: str, operation: str, names: set[str]) -> None:
    """The query parameters that were sent are described, and none that is required is missing."""
    described = [_resolved(spec, p) for p in _described(spec, operation).get("parameters", [])]
    query = {p["name"]: p for p in described if p["in"] == "query"}
    bare = {name.removesuffix("[]") for name in query}
    unknown = {name for name in names if name not in query and name.removesuffix("[]") not in bare}
    assert not unknown, f"{operation} has no parameters {sorted(unknown)}"
    missing = {name for name, p in query.items() if p.get("required")} - names
    assert not missing, f"{operation} needs {sorted(missing)}"


def operation_of(spec: str, method: str, path: str) -> str:
    """The described operation that a sent path is an instance of, such as `GET /users/{id}`.

    Fails where the vendor describes none.
    """
    # What a path says word for word goes before what it says with a parameter.
    for template, operations in sorted(_document(spec)["paths"].items(), key=_parameters):
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        if method.lower() in operations and re.fullmatch(pattern, path):
            return f"{method.upper()} {template}"
    raise AssertionError(f"{spec} describes no {method} {path}")


def _parameters(described: tuple[str, Any]) -> int:
    return described[0].count("{")


def _check(spec: str, operation: str, holder: Any, body: Any) -> None:
    import jsonschema

    content = _resolved(spec, holder or {}).get("content") or {}
    schema = next((part.get("schema") for kind, part in content.items() if "json" in kind), None)
    assert schema is not None, f"{operation} has no JSON schema here in {spec}"
    document = _document(spec)
    # References point from the document's root, so the root carries the schema.
    root = {**document, "$ref": schema["$ref"]} if set(schema) == {"$ref"} else document | schema
    errors = [
        f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message[:300]}"
        for error in jsonschema.Draft202012Validator(root).iter_errors(body)
    ]
    assert not errors, f"{operation}: {errors[:5]}"


def _described(spec: str, operation: str) -> Any:
    method, _, path = operation.partition(" ")
    return _document(spec)["paths"][path][method.lower()]


def _resolved(spec: str, node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target = _document(spec)
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


@cache
def _document(spec: str) -> Any:
    folder = Path(os.environ.get("LEADSYNC_SPECS") or SPECS)
    text = (folder / spec).read_text("utf-8")
    if spec.endswith(".json"):
        return json.loads(text)
    import yaml

    return yaml.safe_load(text)
