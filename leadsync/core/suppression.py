"""The suppression list: who must not be touched."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.erasure.tombstones import KIND, Tombstones
from leadsync.core.errors import InputError
from leadsync.core.host_names import as_punycode
from leadsync.core.identity import clean_email_cell, is_domain
from leadsync.core.models import from_doc, now_iso, to_doc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

DOCUMENTS = "suppressions"
_CELLS = re.compile(r"[,;\t]")


class SuppressionList:
    """Suppressed addresses and domains, and erased people, ready to be asked for many leads."""

    def __init__(self, store: Store, *, only: Collection[int] | None = None) -> None:
        """Read the documents `{kind: email|domain, value}` of a workspace, or those of these ids."""
        self._values: dict[str, set[str]] = {"email": set(), "domain": set()}
        documents = store.documents(DOCUMENTS)
        if only is not None:
            documents = [document for document in documents if document["id"] in only]
        self._erased = Tombstones(documents)
        for document in documents:
            kind, value = _key(str(document.get("kind")), str(document.get("value") or ""))
            self._values.setdefault(kind, set()).add(value)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is suppressed or was erased."""
        return not any(self._values.values())

    @property
    def has_erased(self) -> bool:
        """Whether anybody was erased, so that LinkedIn profiles count."""
        return self._erased.are_there

    def covers(self, email: object) -> bool:
        """Whether this address, its domain or a domain above it is suppressed, or its owner erased."""
        return self.lists(email) or self._erased.covers_email(email)

    def lists(self, email: object) -> bool:
        """Whether this address, its domain or a domain above it stands on the list in plain words.

        A domain is the same in letters and as punycode.
        """
        if not isinstance(email, str) or not email:
            return False
        address = email.lower()
        if address.isascii():
            return self._holds(address)
        # Older versions wrote domains casefolded on the list: `straße.example` as `strasse`.
        return self._holds(as_punycode(address)) or self._holds(as_punycode(address.casefold()))

    def _holds(self, address: str) -> bool:
        if address in self._values["email"]:
            return True
        domain = address.rpartition("@")[2]
        while domain and domain not in self._values["domain"]:
            domain = domain.partition(".")[2]
        return bool(domain)

    def covers_profile(self, linkedin_url: object) -> bool:
        """Whether this is the LinkedIn profile of somebody who was erased."""
        return self._erased.covers_profile(linkedin_url)

    def keeps_out(self, email: object, linkedin_url: object) -> bool:
        """Whether a lead with these must not be touched: suppressed or erased, by either of them."""
        return self.covers(email) or self.covers_profile(linkedin_url)

    def is_erased(self, email: object, linkedin_url: object = None) -> bool:
        """Whether this is somebody who was erased, not only suppressed."""
        return self._erased.covers_email(email) or self._erased.covers_profile(linkedin_url)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry of the list.

    Attributes:
        kind: "email", "domain", or "person" for somebody who was erased.
        value: canonical: lower case, without `@` before a domain, which is in letters or punycode
            as it was typed; of a person a salted hash.
        reason: why, in the user's words: "unsubscribed".
        source: where it came from: "typed", a file's name, a provider's.
    """

    id: int
    kind: str
    value: str
    reason: str = ""
    source: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What adding to the list did.

    Attributes:
        added: entries that are new.
        known: how many stood there before.
        unreadable: texts that are neither address nor domain.
        leads: how many leads of the workspace the new entries cover.
    """

    added: tuple[Suppression, ...]
    known: int
    unreadable: tuple[str, ...]
    leads: int


def covered_note(store: Store, lead_id: int) -> str:
    """What whoever typed a lead should know: that it is suppressed; empty: it is not."""
    ((email,),) = store.rows([lead_id], ["email"])
    if not SuppressionList(store).covers(email):
        return ""
    return f'"{email}" is on the suppression list: no run asks about it, and no push sends it'


def list_suppressions(store: Store) -> list[Suppression]:
    """All entries, the oldest first."""
    return [from_doc(Suppression, document) for document in store.documents(DOCUMENTS)]


def parse_suppression(text: str) -> tuple[str, str] | None:
    """Kind and canonical value of what somebody typed: an address, `acme.com` or `@acme.com`."""
    address = clean_email_cell(text).email
    if address is not None:
        return "email", address
    domain = text.strip().lower().removeprefix("@").removeprefix("www.").rstrip(".")
    return ("domain", domain) if is_domain(domain) else None


def suppress(
    workspace: Workspace, texts: Iterable[str], *, reason: str = "", source: str = "typed"
) -> Suppressed:
    """Put addresses and domains on the list, in one unit that undo takes back.

    Nothing is removed: leads that are covered stay, but no run asks about them and imports leave
    them out.
    """
    there = {_key(entry.kind, entry.value) for entry in list_suppressions(workspace.store)}
    unreadable: list[str] = []
    wanted: dict[tuple[str, str], str] = {}
    known = 0
    for text in texts:
        parsed = parse_suppression(text)
        if parsed is None:
            unreadable.append(text)
        elif (key := _key(*parsed)) in there:
            known += 1
        else:
            wanted.setdefault(key, parsed[1])
    if not wanted:
        return Suppressed((), known, tuple(unreadable), 0)
    added: list[Suppression] = []
    label = (
        f"suppress {next(iter(wanted.values()))}" if len(wanted) == 1 else f"suppress {len(wanted)}"
    )
    with workspace.store.unit(workspace.actor, label) as unit:
        for (kind, _), value in wanted.items():
            entry = Suppression(0, kind, value, reason, source, now_iso())
            added.append(replace(entry, id=unit.put(DOCUMENTS, to_doc(entry))))
    new = SuppressionList(workspace.store, only={entry.id for entry in added})
    covered = sum(new.covers(email) for (email,) in workspace.store.scan({}, ("email",)))
    return Suppressed(tuple(added), known, tuple(unreadable), covered)


def release(workspace: Workspace, texts: Iterable[str]) -> tuple[Suppression, ...]:
    """Take entries off the list; those that were on it.

    Raises:
        InputError: a text is neither address nor domain, or is not on the list.
    """
    every = list_suppressions(workspace.store)
    there: dict[tuple[str, str], list[Suppression]] = {}
    for entry in every:
        if entry.kind != KIND:
            there.setdefault(_key(entry.kind, entry.value), []).append(entry)
    erased = SuppressionList(workspace.store)
    found: dict[int, Suppression] = {}
    for text in texts:
        entries = there.get(_key(*(parse_suppression(text) or ("", ""))), [])
        if not entries and erased.is_erased(text, text):
            raise InputError(
                f'"{text}" was erased; erased people stay out',
                next_step="no command takes that off the list",
            )
        if not entries:
            raise InputError(
                f'"{text}" is not on the suppression list', next_step="leadsync suppress list"
            )
        found |= {entry.id: entry for entry in entries}
    with workspace.store.unit(workspace.actor, f"release {len(found)} from suppression") as unit:
        for entry_id in found:
            unit.remove(DOCUMENTS, entry_id)
    return tuple(found.values())


def _key(kind: str, value: str) -> tuple[str, str]:
    """By what entries are one: both spellings of a domain are."""
    return kind, as_punycode(value.strip().lower().removeprefix("@"))


def read_suppressions(text: str) -> Iterator[str]:
    """The entries of a file: of each line the first cell that is an address or a domain.

    Lines without one are given whole, so that they can be told; but not a header.
    """
    for number, line in enumerate(text.lstrip("\ufeff").splitlines()):
        cells = [cell.strip().strip('"') for cell in _CELLS.split(line) if cell.strip()]
        found = next((cell for cell in cells if parse_suppression(cell)), None)
        if found is not None:
            yield found
        elif cells and number:
            yield line
