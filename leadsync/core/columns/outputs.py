"""Outputs of a running column: which parts of its result fill which columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.columns.fields import WELL_KNOWN, label_of
from leadsync.core.columns.keys import check_key
from leadsync.core.errors import InputError
from leadsync.core.models import KEY_PATTERN, Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Description

MANUAL = "manual"


def map_outputs(key: str, given: Mapping[str, str], description: Description) -> dict[str, str]:
    """Path -> key of the column it fills, with the described paths that `given` does not mention.

    Raises:
        InputError: a described path needs a column that `given` has to name.
    """
    outputs = dict(given)
    for path in description.outputs:
        if path not in outputs:
            if not KEY_PATTERN.fullmatch(path):
                raise InputError(
                    f'the output "{path}" of "{key}" needs a column',
                    next_step=f'as in: outputs = {{ "{path}" = "a_key" }}',
                )
            outputs[path] = path
    return outputs


def missing_targets(
    own_key: str,
    outputs: Mapping[str, str],
    description: Description,
    others: Sequence[Column],
) -> tuple[Column, ...]:
    """The columns that outputs need and that are not there yet.

    Raises:
        InputError: a path is none, or a column is filled by something else already.
    """
    by_key = {column.key: column for column in others}
    drivers = {target: c.key for c in others for target in c.outputs.values()}
    missing: dict[str, Column] = {}
    for path, key in outputs.items():
        _check_path(path)
        if key == own_key:
            continue
        there = by_key.get(key)
        if key in drivers or (there is not None and there.kind != MANUAL):
            if key in drivers:
                by = f'"{drivers[key]}" fills it'
            else:
                by = f"that is a column of kind {by_key[key].kind}, which fills itself"
            raise InputError(
                f'"{own_key}" cannot fill "{key}": {by}',
                next_step=f'in a column file under [column.outputs]: "{path}" = "another_key";'
                f" or leadsync columns rm {drivers.get(key, key)}",
            )
        if there is None and key not in missing:
            check_key(key, others)
            label, kind = WELL_KNOWN.get(key, (label_of(key), ColumnType.TEXT))
            missing[key] = Column(0, key, label, type=description.outputs.get(path, kind))
    if len(set(outputs.values())) < len(outputs):
        raise InputError(f'two outputs of "{own_key}" would fill one column')
    return tuple(missing.values())


def _check_path(path: str) -> None:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(path)
    except JMESPathError as error:
        raise InputError(
            f'the output "{path[:80]}" is no path into a result',
            next_step="as in: email, person.name or emails[0].value",
        ) from error
