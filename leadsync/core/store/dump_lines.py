"""The lines of a dump: what a store's records look like in a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
