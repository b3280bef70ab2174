"""Canonical forms are fixed points, and no text breaks the cleaning."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from leadsync.core.identity import (
    clean_email_cell,
    identity_keys,
    is_company_linkedin,
    linkedin_identity,
)

LOCALS = st.text(st.characters(codec="utf-8", categories=("L", "N", "M")), min_size=1, max_size=12)
ADDRESSES = st.builds(lambda a, b, c: f"{a}@{b}.{c}", LOCALS, LOCALS, LOCALS)
PREFIXES = st.sampled_from(
    ["", "in/", "pub/", "https://www.linkedin.com/in/", "de.linkedin.com/pub/"]
)


@given(st.one_of(st.text(), ADDRESSES, st.lists(ADDRESSES).map("; ".join)))
@example("a@x.example ::: b@x.example")
def test_addresses_are_fixed_points(text: str) -> None:
    found = clean_email_cell(text)
    for address in (found.email, *found.alternates):
        if address is not None:
            assert clean_email_cell(address) == (address, (), None)


@given(PREFIXES, st.text())
@example("in/", "%2541")
@example("in/", "İx")
@example("https://www.linkedin.com/in/", "` 0")
@example("https://www.linkedin.com/in/", "ada) 0")
def test_identities_are_fixed_points(prefix: str, text: str) -> None:
    identity = linkedin_identity(prefix + text)
    if identity is not None:
        assert linkedin_identity(identity) == identity
        assert linkedin_identity("https://www.linkedin.com/" + identity) == identity
        assert not is_company_linkedin(prefix + text)


@given(
    LOCALS, st.sampled_from(["https://www.linkedin.com/in/{}", "linkedin.com/in/{}?x=1", "in/{}/"])
)
def test_every_address_of_a_slug_gives_the_same_key(slug: str, form: str) -> None:
    plain = identity_keys(None, (), f"https://linkedin.com/in/{slug}")
    assert identity_keys(None, (), form.format(slug)) == plain
