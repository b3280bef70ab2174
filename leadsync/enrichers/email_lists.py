"""The lists that addresses are looked up in: disposable domains, free mail, roles, mail hosts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.engine.enricher import Settings

FOLDER = "LEADSYNC_EMAIL_LISTS"
"""The setting that names a folder of the user's own lists."""

TAKES_RESERVED = "LEADSYNC_EMAIL_TAKES_RESERVED"
"""Setting: 1 asks about addresses in domains that nobody can have; practice sets it."""

OWN_FILES = ("disposable.txt", "free_mail.txt", "roles.txt")


@dataclass(frozen=True, slots=True)
class Lists:
    """What is known of domains and local parts.

    Attributes:
        mail_hosts: end of an MX host's name -> who runs it, and whether its answers say anything.
        typo_targets: domains that misspelt ones are compared with.
        takes_reserved: addresses in domains that nobody can have are asked about, too.
    """

    disposable: frozenset[str]
    free_mail: frozenset[str]
    roles: frozenset[str]
    typo_targets: tuple[str, ...]
    mail_hosts: Mapping[str, tuple[str, bool]]
    takes_reserved: bool = False

    def is_disposable(self, domain: str) -> bool:
        """Whether the domain or one above it gives mailboxes for minutes."""
        return any(name in self.disposable for name in _with_parents(domain))

    def is_role(self, local: str) -> bool:
        """Whether a local part is that of a function; what follows a plus does not count."""
        return local.partition("+")[0].casefold() in self.roles

    def mail_provider(self, host: str) -> tuple[str, bool]:
        """Who runs an MX host ("" where nobody known), and whether it is mute about mailboxes."""
        for name in _with_parents(host.rstrip(".").lower()):
            if name in self.mail_hosts:
                return self.mail_hosts[name]
        return "", False

    def suggest(self, domain: str) -> str:
        """The big provider's domain that this one is one edit away from, or "" ."""
        if domain in self.free_mail:
            return ""
        return next((known for known in self.typo_targets if is_one_edit(domain, known)), "")


def is_one_edit(left: str, right: str) -> bool:
    """Whether one letter more, less, other or swapped with its neighbour makes them equal."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if at is None:
        return True
    if len(left) == len(right):
        swapped = left[at + 1 : at + 2] + left[at] + left[at + 2 :]
        return left[at + 1 :] == right[at + 1 :] or swapped == right[at:]
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[at + 1 :] == shorter[at:]


def read_lists(settings: Settings) -> Lists:
    """The shipped lists with the user's own over them.

    Raises:
        InputError: the folder of own lists is not there, or holds a file that cannot be read.
    """
    folder = settings.setting(FOLDER)
    lists = _overruled(_shipped(), Path(folder)) if folder else _shipped()
    return replace(lists, takes_reserved=True) if takes_reserved(settings) else lists


def takes_reserved(settings: Settings) -> bool:
    """Whether addresses in domains that nobody can have are asked about, as in practice."""
    return settings.setting(TAKES_RESERVED) == "1"


@lru_cache(maxsize=1)
def _shipped() -> Lists:
    from disposable_email_domains import blocklist

    free_mail = dict(_rows("free_mail.tsv"))
    return Lists(
        disposable=frozenset(blocklist),
        free_mail=frozenset(free_mail),
        roles=frozenset(name for name, _ in _rows("role_names.tsv")),
        typo_targets=tuple(name for name, rest in free_mail.items() if rest == ("typo",)),
        mail_hosts={end: (rest[0], "mute" in rest) for end, rest in _rows("mail_hosts.tsv")},
    )


def _rows(name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    text = files("leadsync.enrichers.email_data").joinpath(name).read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            first, *rest = line.split("\t")
            yield first, tuple(rest)


def _overruled(shipped: Lists, folder: Path) -> Lists:
    if not folder.is_dir():
        raise InputError(
            f'the folder of e-mail lists "{folder}" is not there',
            next_step=f"leadsync config shows {FOLDER}; it may hold {', '.join(OWN_FILES)}",
        )
    disposable, free_mail, roles = (
        _with_own(known, folder / name)
        for known, name in zip(
            (shipped.disposable, shipped.free_mail, shipped.roles), OWN_FILES, strict=True
        )
    )
    return Lists(disposable, free_mail, roles, shipped.typo_targets, shipped.mail_hosts)


def _with_own(known: frozenset[str], path: Path) -> frozenset[str]:
    """A name a line adds it, one after "!" takes it off, "#" begins a remark."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return known
    except (OSError, UnicodeError) as error:
        raise InputError(f'the list "{path}" cannot be read: {error}') from error
    names = {line.partition("#")[0].strip().casefold() for line in lines} - {""}
    removed = {name[1:].strip() for name in names if name.startswith("!")}
    return (known | {name for name in names if not name.startswith("!")}) - removed


def _with_parents(domain: str) -> Iterator[str]:
    """The domain, then each one above it but the last label."""
    name = domain
    while "." in name:
        yield name
        name = name.partition(".")[2]
