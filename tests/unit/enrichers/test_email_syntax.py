"""Which texts are addresses, and why others are none."""

from __future__ import annotations

import pytest

from leadsync.enrichers.email_syntax import Address, Fault, read_address
from leadsync.enrichers.email_verdict import Reason

GOOD = {
    "plain": ("ada@acme.de", "ada@acme.de", "acme.de"),
    "capitals": ("Ada@ACME.de", "ada@acme.de", "acme.de"),
    "a trailing dot": ("ada@acme.de.", "ada@acme.de", "acme.de"),
    "spaces around": ("  ada@acme.de ", "ada@acme.de", "acme.de"),
    "a comment": ("ada@acme.de (work)", "ada@acme.de", "acme.de"),
    "a name": ("Ada Lovelace <ada@acme.de>", "ada@acme.de", "acme.de"),
    "a sub-address": ("ada+crm@acme.de", "ada+crm@acme.de", "acme.de"),
    "an IDN domain": ("ada@müller.de", "ada@müller.de", "xn--mller-kva.de"),
    "an IDN domain as A-label": ("ada@xn--mller-kva.de", "ada@müller.de", "xn--mller-kva.de"),
    "64 characters": (f"{'a' * 64}@acme.de", f"{'a' * 64}@acme.de", "acme.de"),
    "254 characters": (
        f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 62}.de",
        f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 62}.de",
        f"{'b' * 63}.{'c' * 63}.{'d' * 62}.de",
    ),
}


@pytest.mark.parametrize(("text", "email", "domain"), GOOD.values(), ids=GOOD)
def test_an_address_is_read_with_its_domain_for_dns(text: str, email: str, domain: str) -> None:
    found = read_address(text)
    assert isinstance(found, Address)
    assert (found.email, found.ascii_domain) == (email, domain)


def test_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    found = read_address("José@acme.de")
    assert isinstance(found, Address)
    assert (found.email, found.needs_smtputf8) == ("josé@acme.de", True)


BAD = {
    "nothing to the left": "@acme.de",
    "no at": "ada.acme.de",
    "two ats": "ada@@acme.de",
    "two ats apart": "ada@b@acme.de",
    "65 characters": f"{'a' * 65}@acme.de",
    "255 characters": f"{'a' * 61}@{'b' * 63}.{'c' * 63}.{'d' * 62}.de",
    "a leading dot": ".ada@acme.de",
    "a dot before the at": "ada.@acme.de",
    "double dots": "ada..b@acme.de",
    "double dots in the domain": "ada@acme..de",
    "a space inside": "ada lovelace@acme.de",
    "a quoted local part": '"ada b"@acme.de',
    "a comment inside": "ada(work)@acme.de",
    "a domain literal": "ada@[127.0.0.1]",
    "a bare address": "ada@127.0.0.1",
    "one label": "ada@acme",
    "a label with a hyphen at its end": "ada@acme-.de",
    "a broken A-label": "ada@xn--zz.de",
    "a control character": "ada\x07@acme.de",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_address_says_why(text: str) -> None:
    found = read_address(text)
    assert isinstance(found, Fault), found
    assert found.reason is Reason.SYNTAX
    assert found.detail


@pytest.mark.parametrize(
    "domain",
    ["acme.test", "acme.invalid", "printer.local", "localhost", "acme.example", "example.com",
     "mail.example.org"],
)  # fmt: skip
def test_reserved_domains_take_no_mail(domain: str) -> None:
    found = read_address(f"ada@{domain}")
    assert isinstance(found, Fault)
    assert found.reason is Reason.RESERVED_DOMAIN
