"""Leads and filters for property tests, and what a filter means, written as plainly as can be.

`reference_matches` shares no code with leadsync: it reads documents as document.py describes them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from leadsync.core.models import Column, ColumnType

COLUMNS = (
    Column(1, "title", "Title"),
    Column(2, "size", "Size", type=ColumnType.NUMBER),
    Column(3, "due", "Due", type=ColumnType.DATE),
    Column(4, "pitch", "Pitch", kind="ai", outputs={"hook": "hook"}),
    Column(5, "hook", "Hook"),
    Column(6, "verify", "Verify", kind="email_verify"),
)
CAMPAIGNS = {"Inbox": 1, "Größe Q4": 2, "50%_off": 3}
RUNNING = ("pitch", "verify")
TEXT_FIELDS = (
    "email",
    "name",
    "linkedin_url",
    "source",
    "title",
    "size",
    "due",
    "hook",
    "pitch",
    "verify",
)
TIMES = ("2026-01-31T09:00:00.000Z", "2026-02-01T00:00:00.000Z", "2025-12-31T23:59:59.999Z")
STATES = {
    "success": ("value", "no_match", "cached"),
    "error": ("invalid", "throttled", "unknown"),
}
QUEUED = ("queued", "running", "waiting", "held")


@dataclass(frozen=True)
class LeadCase:
    """One lead: cells by key without blanks, tags, and the states of its running cells."""

    id: int
    cells: dict[str, Any]
    tags: tuple[str, ...] = ()
    campaign: str = "Inbox"
    created_at: str = TIMES[0]
    updated_at: str = TIMES[0]
    tasks: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    queued: dict[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()


# generators ---------------------------------------------------------------------------------
WORDS = (
    "Acme", "ACME Inc", "acme-corp", "xacme", "Head of Sales", "head of", "HEAD  OF", "Zoë", "ZOE",
    "Zoe\u0301", "straße", "STRASSE", "İstanbul", "istanbul", "東京 Tower", "東京", "한국", "ﬁne", "fine",
    "007", "7", "7.0", "7.5", " 7 ", "+7", "1e3", "1000", "1,000", "nan", "inf", "٣", "-2", "1_000",
    "12345678901234567890", "5.0", "0.1", "1.0e+20", "1e400", "2026-01-31", "2026-02", "2026-02-30", "2025-12x", "2026", "50%", "50%_off", "a_b", "axb",
    "a*b", "a?b", "[a-z]", "]", "[", "back\\slash", "it's", 'say "hi"', "line\nbreak", "tab\tbed", "\x1f",
    "true", "empty", "(x)", "a.b", "a+b", "^a$", "\u0301", "\u200b", "Ω", "ω", "K", "ς", "😀 ok", "ŉ", "\x7f", "é",
)  # fmt: skip
ALPHABET = "aAbB zZ019.-_%*?[]\\'\"\n\téÉßİ京\u0301e+"

texts = st.one_of(st.sampled_from(WORDS), st.text(ALPHABET, min_size=1, max_size=6))
numbers = st.one_of(
    st.integers(-3, 8),
    st.sampled_from([7.0, 7.5, 0.1, 1e20, -0.0, 1000, 2**53 + 1, 1e15, 1.5e-7, 12345678901234567]),
)
values = st.one_of(texts, texts, numbers)


@st.composite
def lead_cases(draw: st.DrawFn) -> list[LeadCase]:
    """Some leads with ids 1, 2, …; own fields hold text, columns hold anything."""
    cases: list[LeadCase] = []
    for lead_id in range(1, draw(st.integers(1, 8)) + 1):
        own = {k: draw(texts) for k in TEXT_FIELDS[:4] if draw(st.booleans())}
        custom = {k: draw(values) for k in TEXT_FIELDS[4:] if draw(st.booleans())}
        tasks = {}
        for key in RUNNING:
            if draw(st.booleans()):
                status = draw(st.sampled_from(sorted(STATES)))
                tasks[key] = (status, draw(st.sampled_from(STATES[status])), draw(st.booleans()))
        cases.append(
            LeadCase(
                lead_id,
                own | custom,
                tuple(sorted(draw(st.sets(texts, max_size=3)))),
                draw(st.sampled_from(sorted(CAMPAIGNS))),
                draw(st.sampled_from(TIMES)),
                draw(st.sampled_from(TIMES)),
                tasks,
                {k: draw(st.sampled_from(QUEUED)) for k in RUNNING if draw(st.integers(0, 3)) == 0},
                frozenset(k for k in ("pitch", "hook", "title") if draw(st.integers(0, 3)) == 0),
            )
        )
    return cases


PATTERNS = {
    "^head of": lambda t: t.startswith("head of"),
    "HEAD|Zoë": lambda t: "head" in t or "zoe" in t,
    "[0-9]{2}$": lambda t: len(t.removesuffix("\n")) > 1 and t.removesuffix("\n")[-2:].isdigit() and t.removesuffix("\n")[-2:].isascii(),
    "a.b": lambda t: any(t[n] == "a" and t[n + 1] != "\n" and t[n + 2] == "b" for n in range(len(t) - 2)),
    r"\s": lambda t: any(c in " \t\n\r\f\v" for c in t),
    r"\.": lambda t: "." in t,
    "[^-a-z ]": lambda t: any(not ("a" <= c <= "z" or c in "- ") for c in t),
    "straße": lambda t: "strasse" in t,
}  # fmt: skip
"""Patterns, and what they find in folded text."""


def _operators() -> st.SearchStrategy[dict[str, Any]]:
    needles = st.one_of(texts, st.text("aez01 ", min_size=1, max_size=2))
    return st.one_of(
        st.builds(lambda op, v: {op: v}, st.sampled_from(["$eq", "$ne"]), st.one_of(values, st.none(), st.just(""))),
        st.builds(lambda op, v: {op: v}, st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), values),
        st.builds(
            lambda op, v: {op: v},
            st.sampled_from(["$in", "$nin"]),
            st.lists(st.one_of(values, st.none()), max_size=12),
        ),
        st.builds(lambda v: {"$exists": v}, st.booleans()),
        st.builds(
            lambda op, v: {op: v}, st.sampled_from(["$words", "$prefix", "$contains"]), needles
        ),
        st.builds(lambda p: {"$regex": p}, st.sampled_from(sorted(PATTERNS))),
        st.builds(lambda a, b: {"$gte": a, "$lte": b}, values, values),
    )  # fmt: skip


_ids = st.one_of(
    st.builds(
        lambda op, v: {op: v},
        st.sampled_from(["$eq", "$ne", "$gt", "$lte"]),
        st.one_of(st.integers(-1, 9), st.just(2.5), st.just(1e300)),
    ),
    st.builds(lambda v: {"$in": v}, st.lists(st.integers(0, 20), max_size=12)),
    st.builds(lambda v: {"$exists": v}, st.booleans()),
)
_flags = st.builds(
    lambda c, f, op, v: {f"{c}.{f}": {op: v}},
    st.sampled_from(["pitch", "verify", "hook", "any"]),
    st.sampled_from(["stale", "locked"]),
    st.sampled_from(["$eq", "$ne", "$exists"]),
    st.booleans(),
)
_statuses = st.builds(
    lambda c, v: {f"{c}.status": v},
    st.sampled_from(["pitch", "verify", "hook", "any"]),
    st.one_of(
        st.builds(
            lambda op, v: {op: v}, st.sampled_from(["$eq", "$ne"]), st.sampled_from(["pending", "success", "error", None])
        ),
        st.builds(lambda v: {"$in": v}, st.lists(st.sampled_from(["pending", "success", "error"]))),
        st.builds(lambda v: {"$exists": v}, st.booleans()),
    ),
)  # fmt: skip
_reasons = st.builds(
    lambda c, op, v: {f"{c}.reason": {op: v}},
    st.sampled_from(["pitch", "hook", "any"]),
    st.sampled_from(["$eq", "$ne"]),
    st.sampled_from([*QUEUED, *STATES["success"], *STATES["error"]]),
)
_fields = st.sampled_from([*TEXT_FIELDS, "tags", "campaign", "created_at"])
leaves = st.one_of(
    st.builds(lambda f, o: {f: o}, _fields, _operators()),
    st.builds(lambda f, o: {f: o}, _fields, _operators()),
    st.builds(lambda v: {"$text": v}, texts),
    st.builds(lambda o: {"id": o}, _ids),
    _flags,
    _statuses,
    _reasons,
)
documents = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda v: {"$and": v}, st.lists(inner, max_size=3)),
        st.builds(lambda v: {"$or": v}, st.lists(inner, max_size=3)),
        st.builds(lambda v: {"$not": v}, inner),
    ),
    max_leaves=5,
)
"""Filter documents over COLUMNS."""


# the reference ------------------------------------------------------------------------------
ORDERS = ("$gt", "$gte", "$lt", "$lte")


class Day(str):
    """A date that cells are ordered with."""

    __slots__ = ()


def shown(value: Any) -> str:
    if isinstance(value, float) and value == int(value) and abs(value) < 10**15:
        return f"{value:.0f}" if value else "0"
    return str(value)


def plain(value: Any) -> str:
    decomposed = unicodedata.normalize("NFKD", shown(value))
    return "".join(c for c in decomposed if unicodedata.combining(c) == 0).casefold()


def number(value: Any) -> float | None:
    if not isinstance(value, str):
        return float(value)
    bare = value.strip(" \t\n\r\f\v")
    if not bare or any(c not in "0123456789+-.eE" for c in bare):
        return None
    mantissa, _, exponent = bare.lower().partition("e")
    if "." in (mantissa[-1:], mantissa.lstrip("+-")[:1]) or len(exponent.lstrip("+-")) > 3:
        return None
    try:
        found = float(bare)
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None


def has_words(phrase: str, text: str, *, open_end: bool) -> bool:
    def inside(character: str) -> bool:
        return bool(character) and character in "0123456789abcdefghijklmnopqrstuvwxyz_"

    for n in range(len(text) + 1):
        if not text.startswith(phrase, n):
            continue
        before, after = text[n - 1 : n] if n else "", text[n + len(phrase) :][:1]
        if inside(phrase[:1]) and inside(before):
            continue
        if not open_end and inside(phrase[-1:]) and inside(after):
            continue
        return True
    return False


def _order(operator: str, left: Any, right: Any) -> bool:
    return {"$gt": left > right, "$gte": left >= right, "$lt": left < right, "$lte": left <= right}[
        operator
    ]


def is_date(text: str) -> bool:
    """Whether a text is a year, a month or a day."""
    formats = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}
    try:
        datetime.strptime(text, formats[len(text)])  # noqa: DTZ007 - a day has no zone
    except (KeyError, ValueError):
        return False
    return text.isascii()


def begins_as_date(text: str) -> bool:
    year, dash, month = text[:4], text[4:5], text[5:7]
    return dash == "-" and len(month) == 2 and all(c in "0123456789" for c in year + month)


def operand(name: str, operator: str, wanted: Any) -> Any:
    """What an order compares with: of texts, numbers and dates are such."""
    if operator not in ORDERS or name in ("created_at", "id"):
        return wanted
    if name == "due" and is_date(shown(wanted)):
        return Day(shown(wanted))
    if not isinstance(wanted, str):
        return wanted
    if name == "size" and number(wanted) is not None:
        return number(wanted)
    bare = wanted.strip()
    return Day(bare) if is_date(bare) and (name == "due" or "-" in bare) else wanted


def cell_fits(  # noqa: PLR0911 - a line an operator
    operator: str, wanted: Any, cell: Any, *, only_text: bool = False
) -> bool:
    """One positive operator on one filled cell."""
    if only_text and not isinstance(wanted, (str, list, bool, type(None))):
        wanted = shown(wanted)
    if operator in ORDERS:
        if isinstance(wanted, Day) and not begins_as_date(plain(cell)):
            return False
        if isinstance(wanted, str):
            return _order(operator, plain(cell), plain(wanted))
        found = number(cell)
        return found is not None and _order(operator, found, float(wanted))
    if operator == "$eq":
        if wanted is None or wanted == "":
            return False
        if isinstance(wanted, str):
            return plain(cell) == plain(wanted)
        return number(cell) == float(wanted)
    if operator == "$in":
        return any(cell_fits("$eq", w, cell, only_text=only_text) for w in wanted)
    if operator == "$contains":
        return plain(wanted) in plain(cell)
    if operator == "$regex":
        return PATTERNS[wanted](plain(cell))
    return has_words(plain(wanted), plain(cell), open_end=operator == "$prefix")


def field_fits(operator: str, wanted: Any, cells: list[Any], *, only_text: bool) -> bool:
    """One operator on all that a field holds: no value, one, or the tags."""
    if operator == "$ne":
        return not field_fits("$eq", wanted, cells, only_text=only_text)
    if operator == "$nin":
        return not field_fits("$in", wanted, cells, only_text=only_text)
    if operator == "$exists":
        return bool(cells) == wanted
    blanks = wanted if operator == "$in" else [wanted] if operator == "$eq" else []
    if not cells:
        return any(b is None or b == "" for b in blanks)
    return any(cell_fits(operator, wanted, cell, only_text=only_text) for cell in cells)


def state_fits(case: LeadCase, column: str, facet: str, operator: str, wanted: Any) -> bool:
    if operator == "$ne":
        return not state_fits(case, column, facet, "$eq", wanted)
    if facet == "locked":
        keys = case.locked if column == "any" else case.locked & {column}
        return bool(keys) == wanted
    driver = {"hook": "pitch"}.get(column, column)
    keys = RUNNING if column == "any" else (driver,)
    if facet == "stale":
        return any(case.tasks.get(k, ("", "", False))[2] for k in keys) == wanted
    found: list[str] = []
    for key in keys:
        if key in case.queued:
            found.append("pending" if facet == "status" else case.queued[key])
        elif key in case.tasks:
            found.append(case.tasks[key][0 if facet == "status" else 1])
    if operator == "$exists":
        return bool(found) == wanted
    if operator == "$in":
        return any(w in found for w in wanted)
    return not found if wanted is None else wanted in found


def reference_matches(doc: dict[str, Any], case: LeadCase) -> bool:
    """Whether a filter document selects a lead."""
    return all(_entry_fits(name, value, case) for name, value in doc.items())


def _entry_fits(name: str, value: Any, case: LeadCase) -> bool:
    if name == "$and":
        return all(reference_matches(d, case) for d in value)
    if name == "$or":
        return any(reference_matches(d, case) for d in value)
    if name == "$not":
        return not reference_matches(value, case)
    if name == "$text":
        return any(plain(value) in plain(case.cells[k]) for k in TEXT_FIELDS if k in case.cells)
    column, _, facet = name.rpartition(".")
    if column:
        return all(state_fits(case, column, facet, op, v) for op, v in value.items())
    special = {
        "id": [case.id],
        "tags": list(case.tags),
        "campaign": [case.campaign],
        "created_at": [case.created_at],
        "updated_at": [case.updated_at],
    }
    cells = special.get(name, [case.cells[name]] if name in case.cells else [])
    only_text = name in ("tags", "campaign")
    return all(
        field_fits(op, operand(name, op, v), cells, only_text=only_text) for op, v in value.items()
    )
