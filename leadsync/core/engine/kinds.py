"""The kinds of running columns that are installed, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import ENTRY_POINTS
from leadsync.core.errors import InputError, nearest
from leadsync.core.installed import installed_names, iter_faults, load_installed
from leadsync.core.models import FREE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from leadsync.core.engine.enricher import Enricher
    from leadsync.core.installed import Fault

_WHAT = "kind of column"
_FREE = tuple(sorted(FREE_KINDS))
_NEEDS = ("Config", "describe", "run")


def enricher_kinds() -> list[str]:
    """Names of all installed kinds, without importing any."""
    return [name for name in installed_names(ENTRY_POINTS) if name not in FREE_KINDS]


def find_enricher(kind: str) -> Enricher:
    """The enricher of a kind; its package is imported now.

    Raises:
        InputError: its package cannot be loaded, or such columns are not filled by runs.
        NotFound: no installed package has that kind.
    """
    if kind in FREE_KINDS:
        raise InputError(f'columns of kind "{kind}" are not filled by runs')
    return cast("Enricher", load_installed(ENTRY_POINTS, kind, _WHAT, _FREE, _NEEDS))


def iter_kind_faults() -> Iterator[Fault]:
    """Kinds that packages bring and that are not used; all packages are imported now."""
    yield from iter_faults(ENTRY_POINTS, _WHAT, _FREE, _NEEDS)


def usable_kinds() -> list[str]:
    """Names of the installed kinds whose package can be loaded."""
    broken = {fault.name for fault in iter_kind_faults() if fault.is_broken}
    return [kind for kind in enricher_kinds() if kind not in broken]


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
        known = list(config_class.model_fields)
        raise InputError(
            _misfit(kind, error.errors()[0], known), next_step=f"known settings: {', '.join(known)}"
        ) from error


def _misfit(kind: str, problem: ErrorDetails, known: Sequence[str]) -> str:
    """What is wrong with a setting, as one sentence."""
    name = " ".join(f"no. {p + 1}" if isinstance(p, int) else p for p in problem["loc"]) or kind
    of_kind = f"a column of kind {kind}"
    match problem["type"]:
        case "extra_forbidden":
            near = nearest(name, known)
            return f'{of_kind} has no setting "{name}"' + (
                f'; did you mean "{near}"?' if near else ""
            )
        case "missing":
            return f'{of_kind} needs the setting "{name}"'
        case _:
            why = problem["msg"].removeprefix("Value error, ")
            why = why.replace("Input should be", "it should be").split(", unable to parse")[0]
            return f'the setting "{name}" of {of_kind} does not fit: {why}'
