"""The lines of a dump: what a store's records look like in a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import ACCESS_KINDS
from leadsync.core.visible_text import visible_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadsync.core.models import Doc

END = "end"


def dump_lines(records: Iterable[tuple[str, Doc]]) -> Iterator[str]:
    """`[collection, record]` a line, and at the end how many there were: a cut dump has no end.

    Nothing in a line steers a terminal; the same records give the same lines.
    """
    count = 0
    for collection, record in records:
        count += 1
        yield _line(collection, record)
    yield _line(END, {"records": count})


def _line(collection: str, record: Doc) -> str:
    text = json.dumps([collection, record], ensure_ascii=False, sort_keys=True)
    return visible_json(text) + "\n"


def check_no_access(kinds: Iterable[str]) -> None:
    """Refuse documents that say who may enter: nobody comes in by a file.

    Raises:
        InputError: there is one among these kinds.
    """
    for kind in kinds:
        if kind in ACCESS_KINDS:
            raise InputError(
                f'the dump holds "{kind}", which no dump of LeadSync does', next_step="take it out"
            )
