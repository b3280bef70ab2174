"""What a kind of column is and takes, in words: made from its `Config`, for help and dialogs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import ENTRY_POINTS
from leadsync.core.engine.kinds import find_enricher
from leadsync.core.installed import find_point, package_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.engine.enricher import Enricher

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "table",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class SettingHelp:
    """One setting of a kind.

    Attributes:
        name: with the names of the tables that it stands in: `outputs.name`.
        takes: what it takes, in words: `whole number, 16 to 100000`.
        is_required: a column cannot be without it.
        default: what holds where it is not given; None where there is none to show.
        meaning: one sentence or two.
    """

    name: str
    takes: str
    is_required: bool
    default: Any
    meaning: str


@dataclass(frozen=True, slots=True)
class KindHelp:
    """A kind of running column.

    Attributes:
        package: who ships it, with the version.
        meaning: what such a column does.
        settings: in the order of the kind's `Config`.
        schema: the JSON schema of the settings.
    """

    kind: str
    package: str
    meaning: str
    settings: tuple[SettingHelp, ...]
    schema: Mapping[str, Any]


def kind_help(kind: str) -> KindHelp:
    """What a kind is and takes.

    Raises:
        NotFound: no installed package has that kind.
    """
    enricher = find_enricher(kind)
    schema = enricher.Config.model_json_schema()
    return KindHelp(
        kind=kind,
        package=_package(kind),
        meaning=_meaning(enricher),
        settings=settings_of(schema),
        schema=schema,
    )


def settings_of(schema: Mapping[str, Any]) -> tuple[SettingHelp, ...]:
    """What a JSON schema describes, in its order."""
    return tuple(_settings(schema, schema.get("$defs", {}), ""))


def _package(kind: str) -> str:
    point = find_point(ENTRY_POINTS, kind)
    assert point is not None, f"{kind} was loaded"
    return package_of(point)


def _meaning(enricher: Enricher) -> str:
    """The first paragraph of its module's docstring, which says what the module is about."""
    docstring = sys.modules[type(enricher).__module__].__doc__ or type(enricher).__doc__ or ""
    return " ".join(docstring.strip().partition("\n\n")[0].split())


def _settings(
    table: Mapping[str, Any], shared: Mapping[str, Any], before: str
) -> Iterator[SettingHelp]:
    for name, described in table.get("properties", {}).items():
        part = _resolved(described, shared)
        yield SettingHelp(
            name=f"{before}{name}",
            takes=_takes(part, shared),
            is_required=name in table.get("required", ()),
            default=described.get("default"),
            meaning=described.get("description", part.get("description", "")),
        )
        inner = _resolved(part.get("items", part), shared)
        if not before and "properties" in inner:
            yield from _settings(inner, shared, f"{name}.")


def _takes(part: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    if "const" in part:
        return str(part["const"])
    if "enum" in part:
        return "one of: " + ", ".join(str(value) or "(empty)" for value in part["enum"])
    if choices := part.get("anyOf") or part.get("oneOf"):
        words = [_takes(_resolved(choice, shared), shared) for choice in choices]
        return " or ".join(dict.fromkeys(words))
    if part.get("type") == "array":
        return f"list of {_takes(_resolved(part.get('items', {}), shared), shared)}"
    return _WORDS.get(part.get("type", ""), "anything") + _range(part)


def _range(part: Mapping[str, Any]) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    if low is not None:
        return f", at least {low:g}"
    return "" if high is None else f", at most {high:g}"


def _resolved(part: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref")
    return shared[reference.rpartition("/")[2]] if reference else part
