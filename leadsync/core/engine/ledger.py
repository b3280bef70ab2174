"""The ledger of one cap, as all processes share it: pure functions over one document.

It holds `used`, what is spent or may be, as far as processes have reported it; and for each of them
a share `{held, used, until}`: what is set aside for it beside that, what it has reported, and the end
of its lease. `used` and all that is held are never more than the cap. Amounts are millionths of a
dollar, moments epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Doc

AHEAD = 15
"""So many more requests are paid for at once, to spare the store."""
PART_OF_REST = 4
"""But not more than this part of the rest: others have to get some, too."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a process says of itself, at any time.

    Attributes:
        spent: what it has used since its last statement; less than nothing where prices turned
            out lower.
        in_flight: what its requests in flight may cost at most.
        until: the end of its lease.
    """

    holder: str
    spent: int
    in_flight: int
    until: float


def used(state: Doc) -> int:
    """What is spent, or may be."""
    return state.get("used", 0)


def held(state: Doc, *, but: str = "") -> int:
    """What is set aside for all processes but one."""
    return sum(share["held"] for holder, share in _shares(state).items() if holder != but)


def leases(state: Doc) -> dict[str, float]:
    """The end of the lease of each process that has a share."""
    return {holder: share["until"] for holder, share in _shares(state).items()}


def reported(state: Doc, holder: str) -> int:
    """What a process has said that it used."""
    return _shares(state).get(holder, {}).get("used", 0)


def opened(amount: int) -> Doc:
    """A ledger of a cap of which so much is used, and nothing is held."""
    return {"used": amount, "shares": {}}


def stated(state: Doc, said: Statement) -> Doc:
    """The ledger after a statement: what the process has not in flight is free again."""
    share = {
        "held": said.in_flight,
        "used": reported(state, said.holder) + said.spent,
        "until": said.until,
    }
    shares = {**_shares(state), said.holder: share}
    return {"used": used(state) + said.spent, "shares": shares}


def drawn(state: Doc, cap: int, holder: str, most: int) -> tuple[Doc, int]:
    """Set aside enough for a request, and for some more; how much: 0 where the cap forbids it."""
    free = cap - used(state) - held(state)
    if most > free:
        return state, 0
    amount = most + min(AHEAD * most, (free - most) // PART_OF_REST)
    share = _shares(state)[holder]
    shares = {**_shares(state), holder: {**share, "held": share["held"] + amount}}
    return {**state, "shares": shares}, amount


def without(state: Doc, holder: str, spent: int) -> Doc:
    """The ledger without a process that has left or died; what it used and has not reported."""
    shares = {name: share for name, share in _shares(state).items() if name != holder}
    is_there = holder in _shares(state)
    return {"used": used(state) + (spent if is_there else 0), "shares": shares}


def _shares(state: Doc) -> dict[str, Doc]:
    return state.get("shares", {})
