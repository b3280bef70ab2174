"""Lists of disposable domains, free mail, roles and mail hosts, and the user's own over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadsync.core.errors import InputError
from leadsync.enrichers.email_lists import FOLDER, is_one_edit, read_lists

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class GivenSettings:
    values: dict[str, str] = field(default_factory=dict)
    prices: None = None

    def setting(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)


LISTS = read_lists(GivenSettings())


@pytest.mark.parametrize(
    ("domain", "is_disposable"),
    [("mailinator.com", True), ("eu.mailinator.com", True), ("acme.de", False), ("com", False)],
)
def test_a_disposable_domain_is_known_with_those_below_it(domain: str, is_disposable: bool) -> None:
    assert LISTS.is_disposable(domain) is is_disposable


@pytest.mark.parametrize("local", ["info", "noreply", "buchhaltung", "ventas", "info+crm"])
def test_mailboxes_of_functions_are_known_in_several_languages(local: str) -> None:
    assert LISTS.is_role(local)
    assert not LISTS.is_role(f"ada.{local}")


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("yaho.com", "yahoo.com"),
        ("gmail.com", ""),
        ("ymail.com", ""),
        ("mail.com", ""),
        ("gmlai.com", ""),
        ("acme.de", ""),
    ],
)
def test_a_domain_one_edit_from_a_big_provider_is_seen(domain: str, meant: str) -> None:
    assert LISTS.suggest(domain) == meant


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("aspmx.l.google.com", ("google", False)),
        ("acme-de.mail.protection.outlook.com", ("microsoft", False)),
        ("mx0a-001.pphosted.com", ("proofpoint", True)),
        ("mta5.am0.yahoodns.net.", ("yahoo", True)),
        ("notgoogle.com", ("", False)),
    ],
)
def test_a_mail_host_tells_its_provider(host: str, provider: tuple[str, bool]) -> None:
    assert LISTS.mail_provider(host) == provider


def test_own_lists_extend_and_overrule(tmp_path: Path) -> None:
    (tmp_path / "disposable.txt").write_text("!mailinator.com\nthrow.away.de  # seen in May\n")
    (tmp_path / "roles.txt").write_text("# ours\nGeschäftsstelle\n!it\n", "utf-8")
    own = read_lists(GivenSettings({FOLDER: str(tmp_path)}))
    assert not own.is_disposable("mailinator.com")
    assert own.is_disposable("x.throw.away.de")
    assert own.is_role("geschäftsstelle")
    assert not own.is_role("it")
    assert own.is_role("info")
    assert own.free_mail == LISTS.free_mail


def test_a_folder_of_lists_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no-such-folder"):
        read_lists(GivenSettings({FOLDER: str(tmp_path / "no-such-folder")}))


LETTERS = st.text("abc.", max_size=5)


@given(LETTERS, LETTERS)
def test_one_edit_agrees_with_trying_all_edits(left: str, right: str) -> None:
    assert is_one_edit(left, right) == (left != right and right in _edits(left))


def _edits(text: str) -> set[str]:
    cuts = [(text[:at], text[at:]) for at in range(len(text) + 1)]
    found = {head + tail[1:] for head, tail in cuts if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    for letter in "abc.":
        found |= {head + letter + tail[1:] for head, tail in cuts if tail}
        found |= {head + letter + tail for head, tail in cuts}
    return found
