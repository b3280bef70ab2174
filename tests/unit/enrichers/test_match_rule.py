"""Items of a batch find their leads."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from leadsync.core.engine.enricher import Job
from leadsync.core.models import Column, ColumnType
from leadsync.enrichers.match_rule import Compare, MatchRule, match_items

COLUMN = Column(id=1, key="about", label="About", type=ColumnType.TEXT, kind="apify")


def leads(field: str, *values: Any) -> list[Job]:
    return [Job(number, COLUMN, {field: value}) for number, value in enumerate(values, 1)]


def matched(compare: str, wanted: list[Any], found: list[Any]) -> dict[int, list[int]]:
    """Lead number -> indices of its items."""
    rule = MatchRule(item="key", field="field", compare=Compare(compare))
    items = [{"key": key, "index": index} for index, key in enumerate(found)]
    by_lead = match_items(rule, items, leads("field", *wanted)).by_lead
    return {lead: [item["index"] for item in own] for lead, own in by_lead.items()}  # type: ignore[index,call-overload]


def test_profiles_are_one_however_they_are_written() -> None:
    wanted = ["https://www.linkedin.com/in/Ada-Lovelace/?trk=x", "linkedin.com/in/grace", None]
    found = ["http://de.linkedin.com/in/grace", "https://linkedin.com/in/ada-lovelace"]
    assert matched("linkedin", wanted, found) == {1: [1], 2: [0]}


def test_addresses_domains_and_texts_are_compared_in_their_canonical_form() -> None:
    assert matched("email", ["Ada@Lovelace.Example"], ["ada@lovelace.example"]) == {1: [0]}
    assert matched("domain", ["https://www.acme.example/about"], ["acme.example"]) == {1: [0]}
    assert matched("text", ["  Ada  LOVELACE "], ["ada lovelace"]) == {1: [0]}
    assert matched("text", [7], ["7"]) == {1: [0]}


def test_what_is_no_profile_or_address_matches_nothing() -> None:
    assert matched("linkedin", ["linkedin.com/company/acme"], ["linkedin.com/company/acme"]) == {}
    assert matched("email", ["nobody"], ["nobody"]) == {}
    assert matched("text", ["", None], ["", None, {}, True]) == {}


def test_items_without_a_lead_are_told_apart_and_leads_may_have_several() -> None:
    rule = MatchRule(item="key", field="name")
    items = [{"key": "ada"}, {"key": "eve"}, {"key": "Ada", "more": 1}, {"other": 1}, "text"]
    found = match_items(rule, items, leads("name", "Ada", "Grace"))
    assert found.by_lead == {1: [items[0], items[2]]}
    assert found.without_lead == [items[1], items[3], items[4]]


def test_leads_that_share_a_key_share_its_item() -> None:
    assert matched("text", ["Ada", "ada"], ["ADA"]) == {1: [0], 2: [0]}


def test_a_path_may_name_several_keys_and_an_item_counts_once() -> None:
    rule = MatchRule(
        item="[url, join('/', ['in', slug || ''])]", field="link", compare=Compare.LINKEDIN
    )
    items = [{"url": "linkedin.com/in/old-ada", "slug": "ada"}, {"slug": "ada"}, {"slug": 7}]
    found = match_items(
        rule, items, leads("link", "linkedin.com/in/ada", "linkedin.com/in/old-ada")
    )
    assert found.by_lead == {1: items[:2], 2: items[:1]}
    assert found.without_lead == items[2:]


def test_a_path_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValidationError, match="is no JMESPath"):
        MatchRule(item="a[", field="x")
