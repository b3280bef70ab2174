"""Merge laws: what a row may do to the lead that it belongs to, and imports of any rows twice."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadsync.core.errors import InputError
from leadsync.core.importing.merge import MergePolicy, OnDuplicate, addresses, merge
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.importing import a_csv, importing, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = ("email", "email_alt", "name", "company", "title")
EMAILS = [f"{name}@x.example" for name in "abcd"]

emails = st.none() | st.sampled_from(EMAILS)
alternates = st.none() | st.lists(st.sampled_from(EMAILS), min_size=1, max_size=3, unique=True).map(
    "; ".join
)
texts = st.none() | st.sampled_from(["x", "y", "é", "0"])
leads = st.tuples(emails, alternates, texts, texts, texts)
keys = st.frozensets(st.sampled_from(FIELDS[2:]))
policies = st.builds(
    MergePolicy, st.sampled_from([OnDuplicate.FILL, OnDuplicate.UPDATE]), keys, keys, st.booleans()
)


def merged(lead: Sequence[Any], changes: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(changes.get(field, cell) for field, cell in zip(FIELDS, lead, strict=True))


@given(leads, leads, policies, keys)
def test_merging_a_row_again_changes_nothing(
    lead: Any, row: Any, policy: MergePolicy, by_hand: frozenset[str]
) -> None:
    once = merged(lead, merge(FIELDS, lead, row, policy, by_hand))
    assert merge(FIELDS, once, row, policy, by_hand) == {}


@given(leads, leads, policies, keys)
def test_no_cell_becomes_blank_and_no_address_is_lost(
    lead: Any, row: Any, policy: MergePolicy, by_hand: frozenset[str]
) -> None:
    after = merged(lead, merge(FIELDS, lead, row, policy, by_hand))
    assert all(new is not None for old, new in zip(lead[2:], after[2:], strict=True) if old)
    own, incoming, kept = ({c[0], *addresses(c[1])} - {None} for c in (lead, row, after))
    assert kept == own | incoming


@given(leads, leads, policies, keys)
def test_filled_cells_change_only_where_the_policy_lets_them(
    lead: Any, row: Any, policy: MergePolicy, by_hand: frozenset[str]
) -> None:
    changes = merge(FIELDS, lead, row, policy, by_hand)
    for field, old, new in zip(FIELDS[2:], lead[2:], row[2:], strict=True):
        if field in changes:
            assert changes[field] == new
            assert old is None or policy.wins(field)
            assert old is None or policy.force or field not in by_hand
            assert old is None or field not in policy.keep


@given(leads, policies)
def test_a_lead_merged_with_itself_is_unchanged(lead: Any, policy: MergePolicy) -> None:
    own = (lead[0], None if lead[0] is None else lead[1], *lead[2:])
    kept = [a for a in addresses(own[1]) if a != own[0]]
    own = (own[0], "; ".join(kept) or None, *own[2:])
    assert merge(FIELDS, own, own, policy) == {}


cells = st.tuples(
    st.sampled_from(["", *EMAILS, "a@x.example; b@x.example", "n/a", "broken@"]),
    st.sampled_from(["", "", "linkedin.com/in/a", "linkedin.com/in/b", "linkedin.com/in/ACwAAAb"]),
    st.sampled_from(["", "Ada", "Bob"]),
    st.sampled_from(["", "Acme", "Initech"]),
    st.sampled_from(["", "vip", "vip, cold"]),
)
HEADER = ("Email", "LinkedIn", "Full Name", "Company", "Tags")
PROFILE = "linkedin.com/in/a"
MAPPING = {"Email": "email", "LinkedIn": "linkedin_url"}
rows = st.lists(cells, min_size=1, max_size=12)
policy_words = st.sampled_from(list(OnDuplicate))


@settings(max_examples=80, deadline=None)
@given(rows, rows, policy_words)
@example(
    [
        ("a@x.example", "linkedin.com/in/a", "", "", ""),
        ("a@x.example", "linkedin.com/in/b", "", "", ""),
    ],
    [("", "linkedin.com/in/b", "Ada", "", "")],
    OnDuplicate.UPDATE,
)
def test_any_two_files_are_accounted_for_and_settle(
    first: Any, second: Any, policy: OnDuplicate
) -> None:
    """An update that replaces a profile forgets the old one, so there all rows have the same."""
    if policy is OnDuplicate.UPDATE:
        first, second = ([(a, b and PROFILE, *c) for a, b, *c in file] for file in (first, second))
    with tempfile.TemporaryDirectory() as name:
        store = SqliteStore(Path(name, "leadsync.db"))
        options: dict[str, Any] = {"mapping": MAPPING, "rejects": Path(name, "r.csv")}
        for file in (first, second):
            content = a_csv(HEADER, *file)
            with suppress(InputError):
                report = importing(store, content, on_duplicate=policy, **options)
                before = sheet(store, "id", "email", "name", "tags")
                again = importing(store, content, on_duplicate=policy, **options)
                written = report.created + report.updated + report.unchanged + report.skipped
                if policy is not OnDuplicate.CREATE:
                    assert again.unit is None
                    assert again.unchanged + again.skipped == written
                    assert (again.rejected, again.conflicts) == (report.rejected, report.conflicts)
                    assert sheet(store, "id", "email", "name", "tags") == before
        store.close()
