"""Host names have one punycode form, and it can be read back; no text breaks them."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from leadsync.core.host_names import as_punycode, in_letters
from leadsync.core.identity import clean_email_cell, identity_keys, other_spellings

LABELS = st.text(st.characters(codec="utf-8", categories=("L", "N", "M")), min_size=1, max_size=12)
HOSTS = st.one_of(st.text(), st.builds("{}.{}".format, LABELS, LABELS))


@given(HOSTS)
@example("straße.example")
@example("ada@MÜNCHEN.example")
@example("xn--\ud800.example")
def test_punycode_is_a_fixed_point(text: str) -> None:
    plain = as_punycode(text)
    assert as_punycode(plain) == plain
    assert in_letters(text) == in_letters(in_letters(text))


@given(st.text("abcdefgxyz0123456789-", max_size=16))
@example("zz")
@example("mnchen-3ya")
def test_what_reads_as_letters_is_written_so(code: str) -> None:
    host = f"ada@xn--{code}.example"
    letters = in_letters(host)
    assert as_punycode(letters) == host
    letters.encode()


@given(st.builds("{}@{}.{}".format, LABELS, LABELS, LABELS))
def test_both_spellings_have_one_key(text: str) -> None:
    address = clean_email_cell(text).email
    if address is None:
        return
    (key,) = identity_keys(address)
    assert identity_keys(key[2:]) == (key,)
    if not unicodedata.normalize("NFKC", address).isascii() and key.isascii():
        assert other_spellings([key]) == {f"e:{address}": key}
