"""What makes two rows one lead: e-mail addresses, LinkedIn profiles, and the keys made of them.

Everything here is pure and settled by one pattern in the plain case, because an import calls it
for every row. All canonical forms are fixed points: making them canonical again changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from leadsync.core.host_names import as_punycode, in_letters

if TYPE_CHECKING:
    from collections.abc import Iterable

BLANK_WORDS = frozenset(
    {
        "",
        "-",
        "--",
        "n/a",
        "na",
        "n.a.",
        "none",
        "null",
        "nil",
        "unknown",
        "nan",
        "#n/a",
        "undefined",
    }
)
MAX_ADDRESS = 254
MAX_LOCAL_PART = 64
MAX_SLUG = 200
MAX_TELLING_CHARS = 20_000
"""Longer cells hold prose, not addresses; looking for some would only cost time."""

_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_](?:[a-z0-9_+&=%'-]|\.(?=[a-z0-9_+&=%'-]))*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
)
_LOCAL_PART = re.compile(r"[^.@\s]+(?:\.[^.@\s]+)*")
_ASCII_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+-/=?^_`{|}~")
_ASCII_LABEL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_SEPARATORS = re.compile(r":::|[;,|/\r\n]")
_QUOTED_NAME = re.compile(r'"[^"<>]*"\s*(?=<)')
_ANGLE = re.compile(r"<([^<>]*)>")
_COMMENT = re.compile(r"(?<!\s)\s+\([^()]*\)$")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_WRAPPING = " \t\r\n\v\f\u00a0\"'`\u201c\u201d\u2018\u2019\u201a\u201e\u00ab\u00bb\u2039\u203a"
_AROUND_LINKS = _WRAPPING + "<>()[]"

_PLAIN_PROFILE = re.compile(
    r"(?:https?://)?(?:[a-z]{1,3}\.)?linkedin\.com/in/([a-z0-9-]{1,200})/?(?:[?#].*)?", re.DOTALL
)
_MEMBER_ID = re.compile(r"AC[ow]AA[A-Za-z0-9_-]+")
_SCHEMES = re.compile(r"(?:https?:/{0,3})+", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9.-]+")
_COMPANY_PAGES = frozenset({"company", "school", "showcase", "organization", "edu", "companies"})
_MEMBER_PAGES = frozenset({"lead", "people", "profile"})


class EmailCell(NamedTuple):
    """What an e-mail cell holds.

    Attributes:
        email: the first valid address, canonical.
        alternates: the other valid addresses, in their order.
        invalid: text that is meant as an address and is none, as written.
    """

    email: str | None
    alternates: tuple[str, ...]
    invalid: str | None


NO_EMAIL = EmailCell(None, (), None)


def clean_email_cell(text: str) -> EmailCell:
    """The addresses in a cell; blank words hold none and are not invalid."""
    plain = text.strip().lower()
    if _PLAIN_ADDRESS.fullmatch(plain) and (
        len(plain) <= MAX_LOCAL_PART
        or (len(plain) <= MAX_ADDRESS and plain.index("@") <= MAX_LOCAL_PART)
    ):
        return EmailCell(plain, (), None)
    if plain in BLANK_WORDS:
        return NO_EMAIL
    return _clean_untidy_cell(text)


def plain_emails(texts: Iterable[str]) -> list[str | None]:
    """The texts that are one short canonical ASCII address; None for all others.

    Others may hold addresses as well: ask `clean_email_cell`, which takes five times as long.
    """
    match = _PLAIN_ADDRESS.fullmatch
    return [text if len(text) <= MAX_LOCAL_PART and match(text) else None for text in texts]


def _clean_untidy_cell(text: str) -> EmailCell:
    if len(text) > MAX_TELLING_CHARS:
        return EmailCell(None, (), text.strip()) if text.strip() else NO_EMAIL
    visible = _unwrap(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    if visible.lower() in BLANK_WORDS:
        return NO_EMAIL
    found: list[str] = []
    broken: list[str] = []
    for part in _SEPARATORS.split(_QUOTED_NAME.sub("", visible)):
        addresses = _addresses_in(part)
        found += addresses
        if not addresses and "@" in part:
            broken.append(part.strip())
    if not found:
        return EmailCell(None, (), text.strip())
    unique = tuple(dict.fromkeys(found))
    return EmailCell(unique[0], unique[1:], "; ".join(broken) or None)


def _addresses_in(part: str) -> list[str]:
    """The addresses in a piece without separators; empty when any word of it is none."""
    inside = _ANGLE.search(part)
    text = _unwrap(inside.group(1) if inside else _COMMENT.sub("", part.strip()))
    words = [_canonical_address(_unwrap(word)) for word in text.split()]
    return [word for word in words if is_email(word)] if all(map(is_email, words)) else []


def _unwrap(text: str) -> str:
    """The text without quotes, brackets, `mailto:` and final dots or commas around it."""
    before = ""
    while text != before:
        before = text
        text = text.strip(_WRAPPING).rstrip(".,;").lstrip(",;")
        if text[:7].lower() == "mailto:":
            text = text[7:].partition("?")[0]
        if text[:1] + text[-1:] in ("()", "[]", "<>", "{}"):
            text = text[1:-1]
    return text


def _canonical_address(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text.lower())
    return lowered if lowered == lowered.lower() else unicodedata.normalize("NFKC", lowered.lower())


def is_email(address: str) -> bool:
    """Whether a canonical text is one deliverable-looking address; no look-up is made."""
    if len(address) > MAX_ADDRESS:
        return False
    local, at, domain = address.rpartition("@")
    if not at or not 0 < len(local) <= MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        return False
    if not all(c in _ASCII_LOCAL or _is_letter_beyond_ascii(c) for c in local):
        return False
    return is_domain(domain)


def is_domain(text: str) -> bool:
    """Whether a lower-case text is a host name with at least two labels and a real-looking end."""
    labels = text.split(".")
    if len(labels) < 2 or len(text) > 253:
        return False
    last = labels[-1]
    if len(last) < 2 or not (last.startswith("xn--") or not any(c.isdigit() for c in last)):
        return False
    return all(_is_label(label) for label in labels) and "-" not in last[:2]


def _is_label(label: str) -> bool:
    if not 0 < len(label) <= 63 or label[0] == "-" or label[-1] == "-":
        return False
    return all(c in _ASCII_LABEL or _is_letter_beyond_ascii(c) for c in label)


def _is_letter_beyond_ascii(char: str) -> bool:
    return char > "\x7f" and (char.isalnum() or unicodedata.category(char) in ("Mn", "Mc"))


def hint_key(email: str) -> str:
    """The address with its +tag dropped, and at Gmail its dots: for hints of duplicates only."""
    local, _, domain = email.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def linkedin_identity(text: str) -> str | None:
    """Who a LinkedIn address is of: `in/<slug>`, `member/<id>` or `pub/…`; None for nobody.

    Company pages, other hosts and `lnkd.in` short links are nobody. Slugs are decoded, NFC and
    casefolded; member ids keep their case, because it matters there.
    """
    stripped = text.strip()
    plain = _PLAIN_PROFILE.fullmatch(stripped)
    if plain and not plain.group(1).startswith("AC"):
        return "in/" + plain.group(1)
    lowered = stripped.lower()
    plain = _PLAIN_PROFILE.fullmatch(lowered)
    if plain and not lowered[plain.start(1) :].startswith("ac"):
        return "in/" + plain.group(1)
    segments = _linkedin_path(stripped)
    return _person_of(segments) if segments else None


def is_company_linkedin(text: str) -> bool:
    """Whether the address is of a company, school or showcase page on LinkedIn."""
    segments = [segment.lower() for segment in _linkedin_path(text.strip())]
    if segments[:1] == ["sales"]:
        return len(segments) > 2 and segments[1] in ("company", "account", "accounts")
    return len(segments) > 1 and segments[0] in _COMPANY_PAGES


def is_linkedin(text: str) -> bool:
    """Whether the address is on LinkedIn at all, short links included."""
    stripped = text.strip()
    bare = _SCHEMES.sub("", stripped, count=1).lower()
    return bare.startswith("lnkd.in/") or bool(_linkedin_path(stripped))


def _linkedin_path(text: str) -> list[str]:
    """The parts of the path of a LinkedIn address, undecoded; empty for anything else."""
    if len(text) > MAX_TELLING_CHARS:
        return []
    address = _INVISIBLE.sub("", text).strip(_AROUND_LINKS)
    if _MEMBER_ID.fullmatch(address):
        return ["member", address]
    if address[:7] == "urn:li:":
        found = _MEMBER_ID.search(address)
        return ["member", found.group()] if found else []
    words = address.split()
    if len(words) > 1:
        address = next((w for w in words if "linkedin.com/" in w.lower()), "")
    start = address.lstrip("/").partition("/")[0].lower()
    if start in ("in", "pub", "member") and "/" in address:
        path = address
    else:
        scheme = _SCHEMES.match(address)
        host, _, path = (address[scheme.end() :] if scheme else address.lstrip("/")).partition("/")
        if not is_linkedin_host(host):
            return []
    segments = [s for s in re.split(r"[?#]", path, maxsplit=1)[0].split("/") if s]
    return segments[1:] if segments and segments[0].lower() == "mwlite" else segments


def is_linkedin_host(host: str) -> bool:
    """Whether a host, perhaps with a port, is linkedin.com or below it."""
    name = re.sub(r":\d*$", "", host).rstrip(".").lower()
    return bool(_HOST.fullmatch(name)) and (
        name == "linkedin.com" or name.endswith(".linkedin.com")
    )


def _person_of(segments: list[str]) -> str | None:
    kind, rest = segments[0].lower(), segments[1:]
    if kind in ("sales", "talent", "recruiter"):
        kind, rest = ("member", rest[1:]) if rest and rest[0].lower() in _MEMBER_PAGES else ("", [])
    if not rest:
        return None
    member = _MEMBER_ID.match(rest[0])
    if kind in ("member", "in") and member:
        return "member/" + member.group()
    if kind == "in":
        slug = _canonical_slug(rest[0])
        return f"in/{slug}" if slug else None
    if kind == "pub" and rest[0].lower() != "dir":
        slugs = [_canonical_slug(segment) for segment in rest[:4]]
        return "pub/" + "/".join(slugs) if all(slugs) else None
    return None


def _canonical_slug(segment: str) -> str:
    """The slug decoded, NFC and casefolded; empty when it cannot be one."""
    slug, before = segment, ""
    for _ in range(4):
        if slug == before:
            break
        before = slug
        slug = _INVISIBLE.sub("", unicodedata.normalize("NFC", _decoded(slug).casefold()))
        slug = slug.strip(_AROUND_LINKS)
    if slug != before or len(slug) > MAX_SLUG:
        return ""
    return slug if not re.search(r"[\s/?#\x00-\x1f\x7f\"'<>]", slug) else ""


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return segment


def identity_keys(
    email: str | None,
    alternates: Iterable[str] = (),
    linkedin_url: str | None = None,
    member_id: str | None = None,
    name: str | None = None,
    company: str | None = None,
) -> tuple[str, ...]:
    """The keys of a lead, strongest first; two rows that share one are one lead.

    `e:` e-mail addresses (given canonical; `email_key`), `l:` LinkedIn slugs and old `pub/`
    addresses, `m:` LinkedIn member ids. Only a row with none of these is known by `n:` name with company.
    """
    keys = ["e:" + (email if email.isascii() else as_punycode(email))] if email else []
    if alternates:
        keys += [email_key(address) for address in alternates if address and address != email]
    if member_id:
        people = [linkedin_identity(link) for link in (linkedin_url, member_id) if link]
        keys += sorted(_person_key(person) for person in people if person)
    elif linkedin_url and (person := linkedin_identity(linkedin_url)):
        keys.append(_person_key(person))
    if not keys and name and company:
        words = (_folded_words(name), _folded_words(company))
        return ("n:" + "|".join(words),) if all(words) else ()
    return tuple(keys) if len(keys) < 2 else tuple(dict.fromkeys(keys))


def email_key(address: str) -> str:
    """The identity key of a canonical address: one for both spellings of its domain."""
    return "e:" + as_punycode(address)


def other_spellings(keys: Iterable[str]) -> dict[str, str]:
    """Keys of before the spellings of a domain had one key -> the keys of now, which are given.

    Stored leads may have either; nothing where no domain is spelt in two ways.
    """
    found = {
        "e:" + in_letters(key[2:]): key for key in keys if "xn--" in key and key.startswith("e:")
    }
    return {other: key for other, key in found.items() if other != key}


def _person_key(identity: str) -> str:
    return "m:" + identity[7:] if identity.startswith("member/") else "l:" + identity


def _folded_words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("|", " ").split())


def clean_phone(text: str) -> str | None:
    """The number as written, without the apostrophe that spreadsheets need; None when blank."""
    phone = text.strip().lstrip("'\u2019").strip()
    return None if phone.lower() in BLANK_WORDS else phone
