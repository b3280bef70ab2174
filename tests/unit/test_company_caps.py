"""Caps of contacts per company and domain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadsync.core.company_caps import (
    CompanyCaps,
    beyond_caps,
    company_caps,
    contact_domain,
    firm_of,
)
from leadsync.core.models import Campaign

ACME = [(4, "Acme", "acme.com"), (2, "ACME ", "acme.com"), (9, "acme", "acme.de")]


def test_the_oldest_contacts_of_a_company_stay() -> None:
    assert beyond_caps(ACME, CompanyCaps(per_company=2)) == {9}


def test_a_domain_is_capped_whatever_the_company_is_called() -> None:
    leads = [(1, "Acme", "acme.com"), (2, "Acme GmbH", "www.ACME.com"), (3, None, "other.com")]
    assert beyond_caps(leads, CompanyCaps(per_domain=1)) == {2}


def test_a_domain_is_one_in_letters_and_as_punycode() -> None:
    leads = [(1, None, "müller.example"), (2, None, "https://www.xn--mller-kva.example/de")]
    assert beyond_caps(leads, CompanyCaps(per_domain=1)) == {2}
    assert contact_domain("ada@müller.example") == contact_domain("ada@xn--mller-kva.example")


def test_who_is_over_one_cap_takes_no_place_under_the_other() -> None:
    leads = [(1, "Acme", "a.com"), (2, "Acme", "b.com"), (3, "Beta", "b.com")]
    assert beyond_caps(leads, CompanyCaps(per_company=1, per_domain=1)) == {2}


def test_nothing_is_known_of_blank_companies_so_none_of_them_is_too_many() -> None:
    leads = [(n, " ", None) for n in range(5)]
    assert beyond_caps(leads, CompanyCaps(per_company=1, per_domain=1)) == set()


def test_no_caps_keep_everybody() -> None:
    assert beyond_caps(ACME, CompanyCaps()) == set()


def test_a_cap_of_none_lets_nobody_of_a_known_company_pass() -> None:
    assert beyond_caps(ACME, CompanyCaps(per_company=0)) == {2, 4, 9}


@pytest.mark.parametrize(
    ("email", "company_domain", "domain"),
    [
        ("anna@acme.com", None, "acme.com"),
        ("anna@gmail.com", "acme.com", "acme.com"),
        ("anna@gmail.com", None, ""),
        ("anna@acme.com", "https://www.Acme.de/about", "acme.de"),
        (None, None, ""),
    ],
)
def test_the_domain_of_a_contact(
    email: str | None, company_domain: str | None, domain: str
) -> None:
    assert contact_domain(email, company_domain) == domain


def test_the_domain_of_an_imported_contact() -> None:
    cells = {"email": "anna@gmail.com", "company": "Acme", "domain": "acme.com"}
    assert firm_of(cells) == ("Acme", "acme.com")
    assert firm_of({**cells, "company_domain": "acme.de"}) == ("Acme", "acme.de")
    assert firm_of({"email": "anna@beta.com"}) == (None, "beta.com")


def test_a_campaign_says_its_caps() -> None:
    campaign = Campaign(1, "Q4", "", settings={"caps": {"perCompany": 3}})
    assert company_caps(campaign) == CompanyCaps(per_company=3)
    assert not company_caps(Campaign(1, "Q4", "")).are_set


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["a.de", "b.de"])), max_size=30),
    st.integers(0, 4),
    st.randoms(use_true_random=False),
)
def test_never_more_than_the_cap_and_the_same_in_any_order(
    firms: list[tuple[str, str]], most: int, chance: object
) -> None:
    leads = [(number, company, domain) for number, (company, domain) in enumerate(firms)]
    over = beyond_caps(leads, CompanyCaps(per_company=most))
    kept = [company for number, company, _ in leads if number not in over]
    assert all(
        kept.count(company) == min(most, [c for c, _ in firms].count(company)) for company in "ABC"
    )
    shuffled = list(leads)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert beyond_caps(shuffled, CompanyCaps(per_company=most)) == over
