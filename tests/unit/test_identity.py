"""Addresses and profiles, cleaned; the keys made of them."""

from __future__ import annotations

import pytest

from leadsync.core.identity import (
    clean_email_cell,
    clean_phone,
    hint_key,
    identity_keys,
    is_company_linkedin,
    linkedin_identity,
)


@pytest.mark.parametrize(
    ("cell", "email"),
    [
        ("MAILTO:Ann@Example.COM", "ann@example.com"),
        ("Carl <carl@example.com>", "carl@example.com"),
        ('"Lovelace, Ada" <ada@x.example>', "ada@x.example"),
        ("gus@example.com.", "gus@example.com"),
        ("\u00a0'gus@example.com', ", "gus@example.com"),
        ("jo\u200b@example.com", "jo@example.com"),
        ("ünï@Exämple.com", "ünï@exämple.com"),
        ("ａｄａ＠x.example", "ada@x.example"),
        ("mailto:a@b.example?subject=Hi", "a@b.example"),
        ("ada@x.example (work)", "ada@x.example"),
        ("first.last+tag@sub.x.museum", "first.last+tag@sub.x.museum"),
        ("o'brien@x.example", "o'brien@x.example"),
        ("a@xn--exmple-cua.com", "a@xn--exmple-cua.com"),
    ],
)
def test_untidy_addresses_are_cleaned(cell: str, email: str) -> None:
    assert clean_email_cell(cell) == (email, (), None)


@pytest.mark.parametrize("separator", ["; ", ", ", " | ", " ::: ", " / ", "\n", " "])
def test_further_addresses_are_alternates(separator: str) -> None:
    found = clean_email_cell(separator.join(["a@x.example", "B@x.example", "a@x.example"]))
    assert found == ("a@x.example", ("b@x.example",), None)


@pytest.mark.parametrize(
    "cell",
    [
        "eve@example,com", "fay@@x.com", "hi[at]x.com", "a b@c.com", "x@localhost", "a..b@x.com",
        ".a@x.com", "a.@x.com", "a@-x.com", "a@x-.com", "a@x.c", "a@x.123", "a@1.2.3.4", "@x.com",
        "a@", "call me", f"{'a' * 65}@x.com", f"a@{'b' * 250}.com", "a@x..com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_kept_as_invalid(cell: str) -> None:
    assert clean_email_cell(f" {cell} ") == (None, (), cell)


@pytest.mark.parametrize("cell", ["", " ", "N/A", "none", "NULL", "-", "unknown", "nan", "\u200b"])
def test_blank_words_are_blank(cell: str) -> None:
    assert clean_email_cell(cell) == (None, (), None)


@pytest.mark.parametrize(
    "cell",
    ["(" * 500_000 + ")" * 500_000, "a" + " " * 1_000_000 + "b@", '"' * 1_000_000, "a@" * 9_000],
)
def test_a_huge_cell_is_settled_at_once(cell: str) -> None:
    assert clean_email_cell(cell).email is None
    assert linkedin_identity(cell) is None


def test_a_broken_address_beside_a_good_one_is_not_lost() -> None:
    assert clean_email_cell("a@x.example; b@x") == ("a@x.example", (), "b@x")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.linkedin.com/in/jane-doe", "http://linkedin.com/in/jane-doe/",
        "linkedin.com/in/Jane-Doe", "www.linkedin.com/in/jane-doe?trk=export",
        "https://de.linkedin.com/in/jane-doe/de", "https://m.linkedin.com/in/jane-doe#x",
        "https://www.linkedin.com/in/jane-doe/detail/recent-activity/", "in/jane-doe",
        "/in/jane-doe/", "https://www.linkedin.com/in/jane%2Ddoe/", "//linkedin.com/in/jane-doe",
        "https://www.linkedin.com/mwlite/in/jane-doe", "https://https://linkedin.com/in/jane-doe",
        "https://www.linkedin.com:443/in/jane-doe", " <https://linkedin.com/in/jane-doe> ",
        "see https://linkedin.com/in/jane-doe",
    ],
)  # fmt: skip
def test_one_person_has_many_addresses(address: str) -> None:
    assert linkedin_identity(address) == "in/jane-doe"


@pytest.mark.parametrize(
    ("address", "identity"),
    [
        ("https://www.linkedin.com/sales/lead/ACwAAAbc,NAME_SEARCH,x", "member/ACwAAAbc"),
        ("https://www.linkedin.com/sales/people/ACwAAAbC,x", "member/ACwAAAbC"),
        ("https://www.linkedin.com/in/ACoAAAbc", "member/ACoAAAbc"),
        ("ACwAAAbc", "member/ACwAAAbc"),
        ("urn:li:fs_salesProfile:(ACwAAAbc,NAME_SEARCH,x)", "member/ACwAAAbc"),
        ("https://www.linkedin.com/pub/jane-doe/1/2/3", "pub/jane-doe/1/2/3"),
        ("https://www.linkedin.com/in/J%C3%96RG-%C3%9F", "in/jörg-ss"),
        ("https://www.linkedin.com/in/jo\u0308rg", "in/jörg"),
        ("https://www.linkedin.com/in/acorn-smith", "in/acorn-smith"),
    ],
)
def test_other_forms_of_a_person(address: str, identity: str) -> None:
    assert linkedin_identity(address) == identity


@pytest.mark.parametrize(
    "address",
    [
        "", "jane-doe", "https://www.linkedin.com/company/acme", "https://lnkd.in/abc",
        "https://linkedin.com.evil.example/in/x", "https://linkedin.com@evil.example/in/x",
        "https://evil.example\\.linkedin.com/in/x", "https://notlinkedin.com/in/x",
        "https://x.example/linkedin.com/in/x", "https://www.linkedin.com/in/",
        "https://www.linkedin.com/pub/dir/jane/doe", "https://www.linkedin.com/feed/",
    ],
)  # fmt: skip
def test_what_is_nobody(address: str) -> None:
    assert linkedin_identity(address) is None


@pytest.mark.parametrize(
    "address",
    ["linkedin.com/company/acme", "https://www.linkedin.com/school/mit/",
     "https://www.linkedin.com/sales/company/12345"],
)  # fmt: skip
def test_company_pages_are_known(address: str) -> None:
    assert is_company_linkedin(address)
    assert not is_company_linkedin("https://www.linkedin.com/in/ada")


def test_keys_come_strongest_first_and_once() -> None:
    keys = identity_keys(
        "a@x.example", ["b@x.example", "a@x.example"],
        "https://www.linkedin.com/sales/lead/ACwAAAbc", "https://linkedin.com/in/Ada",
    )  # fmt: skip
    assert keys == ("e:a@x.example", "e:b@x.example", "l:in/ada", "m:ACwAAAbc")
    assert identity_keys(None, (), "in/ada", "in/ada") == ("l:in/ada",)


def test_name_and_company_are_a_key_only_where_there_is_no_other() -> None:
    assert identity_keys(None, (), None, None, " Ada  Lovelace", "ACME") == ("n:ada lovelace|acme",)
    assert identity_keys("a@x.example", (), None, None, "Ada", "ACME") == ("e:a@x.example",)
    assert identity_keys(None, (), None, None, "Ada", " ") == ()
    assert identity_keys(None) == ()


def test_hints_fold_tags_and_the_dots_of_gmail() -> None:
    assert hint_key("a.da+x@googlemail.com") == hint_key("ada@gmail.com")
    assert hint_key("a.da+x@x.example") == "a.da@x.example"


def test_phones_stay_as_written() -> None:
    assert clean_phone("'+44 194 000 0001") == "+44 194 000 0001"
    assert clean_phone(" (415) 242-9230 x5 ") == "(415) 242-9230 x5"
    assert clean_phone("n/a") is None
