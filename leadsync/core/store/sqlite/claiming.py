"""Which cells of the queue are due, on SQLite: claims, and the moment of the next one.

Each question is put together from parts that read one index in order and stop at a limit, so that
a claim costs much the same in a queue of 1,000 cells and of 100,000: 4.7 and 5.4 us a cell. One statement
with `OR` sorted all that were left each time: 9 and 260 us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import QueuedCell

if TYPE_CHECKING:
    import sqlite3

_OF_COLUMN = "FROM queue WHERE run_id = :run_id AND column_id = :column_id AND"
_IS_DUE = "not_before <= :now AND (handle != '') = :late"
_IS_ASKED = "(handle != '' OR NOT :late)"


def claim_cells(  # noqa: PLR0913 - what the protocol says of a claim
    db: sqlite3.Connection,
    run_id: int,
    column_id: int,
    *,
    limit: int,
    holder: str,
    lease_until: float,
    now: float,
    late: bool,
) -> list[QueuedCell]:
    """Take due cells, and those whose lease has ended, in order."""
    values = {
        "run_id": run_id, "column_id": column_id, "limit": limit, "holder": holder,
        "lease_until": lease_until, "now": now, "late": late,
    }  # fmt: skip
    rows = db.execute(_CLAIM[late], values).fetchall()
    return sorted((QueuedCell(*row) for row in rows), key=lambda cell: cell.position)


def next_due(
    db: sqlite3.Connection, run_id: int, column_id: int, *, late_only: bool
) -> float | None:
    """When the next unclaimed cell may be claimed; None where none is left."""
    values = {"run_id": run_id, "column_id": column_id, "late": late_only}
    moment: float | None = db.execute(_NEXT_DUE, values).fetchone()[0]
    return moment


def _some(what: str, test: str, order: str, limit: str) -> str:
    """A part of a compound statement that has a limit of its own."""
    return f"SELECT * FROM (SELECT {what} {_OF_COLUMN} {test} ORDER BY {order} LIMIT {limit})"  # noqa: S608 - our own words


def _claim(*reasons: str) -> str:
    tests = [f"reason = '{reason}' AND {_IS_DUE}" for reason in reasons]
    tests.append("reason = 'running' AND lease_until < :now AND (handle != '') = :late")
    parts = " UNION ALL ".join(_some("position", test, "position", ":limit") for test in tests)
    return (
        "UPDATE queue SET reason = 'running', holder = :holder, lease_until = :lease_until"  # noqa: S608 - our own words
        f" WHERE position IN (SELECT position FROM ({parts}) ORDER BY position LIMIT :limit)"
        " RETURNING run_id, lead_id, column_id, attempts, position, handle"
    )


def _next_due() -> str:
    parts: list[str] = []
    for reason in ("queued", "held", "waiting"):
        own = f"reason = '{reason}' AND {_IS_ASKED}"
        parts.append(_some("0.0 AS moment", f"{own} AND not_before = 0", "position", "1"))
        parts.append(_some("not_before", f"{own} AND not_before > 0", "not_before", "1"))
    running = f"reason = 'running' AND {_IS_ASKED}"
    parts.append(_some("lease_until", running, "lease_until", "1"))
    return f"SELECT min(moment) FROM ({' UNION ALL '.join(parts)})"  # noqa: S608 - our own words


_CLAIM = {False: _claim("queued", "held"), True: _claim("waiting")}
_NEXT_DUE = _next_due()
