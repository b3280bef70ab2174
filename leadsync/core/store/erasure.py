"""What an erasure takes away, and what stays of a call that was about erased people.

Their own calls keep price, time and state, and nothing of what was said. Calls that others share
lose the parts that are about them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import BusyError
from leadsync.core.store.erased_words import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from leadsync.core.models import Call, Doc
    from leadsync.core.store.erased_words import ErasedWords

PLACES = (
    "leads", "history", "tasks", "queue", "calls", "sent", "suppressions", "cells", "labels",
    "documents",
)  # fmt: skip
"""Where a store may hold something of a person; what an erasure counts."""

_SUPPRESSIONS = "doc:suppressions/"
_PROSE = 200  # characters; of a longer text that names somebody only the name goes
_ID_FIELDS = ("id", "custom_id", "customId", "externalId")


@dataclass(frozen=True, slots=True)
class Erasure:
    """Leads that go for good, with all that tells of them.

    Attributes:
        lead_ids: the leads.
        own: gives the words of some of these leads; they are looked for in what is about these.
        everywhere: words that are looked for in the whole store; None: they are not.
        unchanged_since: leads that were changed at this moment or later stay; empty: all go.
    """

    lead_ids: tuple[int, ...]
    own: Callable[[Collection[int]], ErasedWords]
    everywhere: ErasedWords | None = None
    unchanged_since: str = ""

    def of(self, lead_ids: Iterable[int]) -> Erasure:
        """The erasure of these of its leads alone."""
        return replace(self, lead_ids=tuple(lead_ids))


def remains_of(call: Call, erasure: Erasure) -> Call | None:
    """A call as it stays; None: nothing of it changes.

    No later request is answered by a call that was changed, and its hash, which could be guessed
    from an address, goes too.
    """
    about = frozenset(erasure.lead_ids) & frozenset(call.lead_ids)
    if about and about == frozenset(call.lead_ids):
        if call.request == {} and call.request_hash == _no_hash(call):
            return None
        response: Doc | None = None if call.response is None else {"erased": True}
        return replace(_unfindable(call), request={}, response=response)
    words = erasure.own(about) if about else erasure.everywhere
    if words is None:
        return None
    part = _Part(words, about)
    request, response = part.without(call.request), part.without(call.response)
    if request == call.request and response == call.response:
        return None
    return replace(_unfindable(call), request=request, response=response)


def change_without(fields: Mapping[str, Any], words: ErasedWords) -> Mapping[str, Any]:
    """What history says of a change, without these words; the same object where it has none.

    That an address was put on the suppression list is forgotten as a whole: a hash stands there.
    """
    hidden = words.hide_all(fields)
    if hidden is fields:
        return fields
    return {
        slot: pair
        for slot, pair in hidden.items()
        if not (slot.startswith(_SUPPRESSIONS) and any(map(is_erased_entry, pair)))
    }


def is_erased_entry(document: Mapping[str, Any] | None) -> bool:
    """Whether an entry of the suppression list, as it is after hiding, named an erased address."""
    return document is not None and document.get("value") == HIDDEN


def counted(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by place, in one order, without those where nothing was."""
    return {place: counts[place] for place in PLACES if counts.get(place)}


def refuse_asked(run_id: int) -> None:
    """Leave leads alone that a run is asking about: the answer would bring them back.

    Raises:
        BusyError: there is such a run.
    """
    if run_id:
        raise BusyError(
            f"run {run_id} is asking about this person now",
            next_step=f"wait until it ends, or leadsync runs stop {run_id}; then run this again",
        )


def _unfindable(call: Call) -> Call:
    return replace(call, request_hash=_no_hash(call), cacheable=False)


def _no_hash(call: Call) -> str:
    return f"erased-{call.id}"


class _Part:
    """Takes the part about some people out of the JSON that others share with them."""

    def __init__(self, words: ErasedWords, about: Iterable[int]) -> None:
        self._words = words
        self._keys = frozenset(str(lead_id) for lead_id in about)
        numbers = "|".join(sorted(self._keys))
        self._id = re.compile(rf"(?<!\d)(?:{numbers})(?!\d)") if numbers else None

    def without(self, value: Any) -> Any:
        """The value without that part; it keeps its shape, so that the rest is read as before."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._fields(cast("dict[str, Any]", value))
        if isinstance(value, list):
            return [self._item(item) for item in cast("list[Any]", value)]
        return value

    def _fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        if self._keys & fields.keys() and all(name.isdigit() for name in fields):
            fields = {name: item for name, item in fields.items() if name not in self._keys}
        return {self._words.hide(name): self.without(item) for name, item in fields.items()}

    def _item(self, item: Any) -> Any:
        """An item of a list: blank where it is about them."""
        if isinstance(item, dict) and "role" not in item:
            fields = cast("dict[str, Any]", item)
            if self._has_their_id(fields) or self._tells(fields):
                return _blank(fields)
        return self.without(item)

    def _has_their_id(self, fields: Mapping[str, Any]) -> bool:
        if self._id is None:
            return False
        ids = (str(fields[name]) for name in _ID_FIELDS if fields.get(name) is not None)
        return any(self._id.search(text) for text in ids)

    def _tells(self, value: Any) -> bool:
        """Whether something that is no prose and in no list below names them."""
        if isinstance(value, str):
            return len(value) < _PROSE and self._words.are_in(value)
        if isinstance(value, dict):
            return any(map(self._tells, cast("dict[str, Any]", value).values()))
        if isinstance(value, list):
            return any(isinstance(i, str) and self._tells(i) for i in cast("list[Any]", value))
        return False

    def _text(self, text: str) -> str:
        """Text without their words; JSON in it, whole or by line, without their part."""
        if text[:1] not in ("{", "["):
            return self._words.hide(text)
        try:
            return _dumped(self.without(json.loads(text)), text)
        except ValueError:
            return "\n".join(map(self._line, text.split("\n")))

    def _line(self, line: str) -> str:
        try:
            return _dumped(self._item(json.loads(line)), line)
        except ValueError:
            return self._words.hide(line)


def _dumped(value: Any, before: str) -> str:
    """JSON as text; as it was where nothing of it has changed."""
    return before if value == json.loads(before) else json.dumps(value, ensure_ascii=False)


def _blank(value: Any) -> Any:
    """The shape of a value, and nothing that it said."""
    if isinstance(value, str):
        return HIDDEN
    if isinstance(value, dict):
        return {name: _blank(item) for name, item in cast("dict[str, Any]", value).items()}
    return [] if isinstance(value, list) else None
