"""The kinds of running columns that are installed, by name."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import ENTRY_POINTS
from leadsync.core.errors import InputError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Enricher


def enricher_kinds() -> list[str]:
    """Names of all installed kinds, without importing any."""
    return sorted(entry_points(group=ENTRY_POINTS).names)


@cache
def find_enricher(kind: str) -> Enricher:
    """The enricher of a kind; its package is imported now.

    Raises:
        NotFound: no installed package has that kind.
    """
    found = [point for point in entry_points(group=ENTRY_POINTS) if point.name == kind]
    if not found:
        raise NotFound("kind of column", kind, known=[*enricher_kinds(), "manual", "template"])
    return cast("Enricher", found[0].load()())


def parse_config(kind: str, values: Mapping[str, Any]) -> BaseModel:
    """The checked config of a kind.

    Raises:
        InputError: a setting is unknown, missing or of the wrong type; the first is named.
        NotFound: no installed package has that kind.
    """
    from pydantic import ValidationError

    config_class = find_enricher(kind).Config
    try:
        return config_class.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or kind
        raise InputError(
            f'setting "{name}" of a column of kind {kind}: {first["msg"]}',
            next_step=f"known settings: {', '.join(config_class.model_fields)}",
        ) from error
