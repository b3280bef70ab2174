"""Replies of mail servers: what a code and its words say about a mailbox, or about us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Meaning(StrEnum):
    """What a reply to a recipient says."""

    ACCEPTED = "accepted"
    NO_MAILBOX = "no mailbox"
    DISABLED = "disabled"
    FULL = "full"
    LATER = "later"
    FULL_LATER = "full for now"
    BLOCKED = "blocked"
    UNSURE = "unsure"
    NO_ANSWER = "no answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a mail server said.

    Attributes:
        code: the basic code; 0: nothing came.
        step: what it was said to: connect, mail or rcpt.
    """

    code: int
    text: str
    step: str = "rcpt"

    @property
    def words(self) -> str:
        """The reply as people know it."""
        return f"{self.code} {self.text}" if self.code else self.text

    def to_json(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {"code": self.code, "text": self.text, "step": self.step}


def reply_from_json(body: Any) -> Reply:
    """What the journal kept."""
    return Reply(int(body["code"]), str(body["text"]), str(body["step"]))


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")

_BY_ENHANCED = {
    "5.1.1": Meaning.NO_MAILBOX,
    "5.1.10": Meaning.NO_MAILBOX,
    "5.2.1": Meaning.DISABLED,
    "5.2.2": Meaning.FULL,
    "4.2.2": Meaning.FULL_LATER,
    # Microsoft 365 says so for its policy, not for the mailbox (its list of non-delivery codes,
    # November 2026).
    "5.4.1": Meaning.BLOCKED,
}

_BY_CODE = {
    250: Meaning.ACCEPTED,
    251: Meaning.ACCEPTED,
    252: Meaning.UNSURE,
    452: Meaning.FULL_LATER,
    530: Meaning.BLOCKED,
    535: Meaning.BLOCKED,
    551: Meaning.NO_MAILBOX,
    552: Meaning.FULL,
}

_ABOUT_US = ("5.1.7", "5.1.8")  # the sender's address, not the recipient's

_BLOCKED_WORDS = re.compile(
    r"block ?list|black ?list|blocked|spamhaus|barracuda|\bspam\b|\bpolicy\b|access denied"
    r"|reputation|\brbl\b|dnsbl|client host rejected|not authori[sz]ed",
    re.IGNORECASE,
)
_NOBODY_WORDS = re.compile(
    r"no such (?:user|mailbox|recipient|address|person)|(?:user|recipient|address|mailbox) unknown"
    r"|unknown (?:user|recipient|mailbox|local part)|does ?n[o']t exist|no mailbox"
    r"|(?:user|mailbox|recipient|address) not found|invalid (?:mailbox|recipient|user)",
    re.IGNORECASE,
)
_DISABLED_WORDS = re.compile(
    r"(?:account|mailbox|user) (?:is )?(?:disabled|inactive|suspended)", re.I
)


def read_reply(reply: Reply) -> Meaning:
    """What a reply means; an enhanced code beats the basic one, words come last (RFC 3463)."""
    code = reply.code
    if not code:
        return Meaning.UNREACHABLE if reply.step == "connect" else Meaning.NO_ANSWER
    if reply.step != "rcpt":  # it speaks of us: no recipient was named yet
        return Meaning.LATER if 400 <= code < 500 else Meaning.BLOCKED
    if code < 400:
        return _BY_CODE.get(code, Meaning.UNSURE)
    found = _ENHANCED.match(reply.text)
    enhanced = found[1] if found and found[1][0] == str(code)[0] else ""
    if 400 <= code < 500:
        return _temporary(code, enhanced)
    return _permanent(code, enhanced, reply.text)


def _temporary(code: int, enhanced: str) -> Meaning:
    if enhanced:
        return _BY_ENHANCED.get(enhanced, Meaning.LATER)
    return _BY_CODE.get(code, Meaning.LATER)


def _permanent(code: int, enhanced: str, text: str) -> Meaning:
    if enhanced in _BY_ENHANCED:
        return _BY_ENHANCED[enhanced]
    if enhanced.startswith("5.7."):
        return Meaning.BLOCKED
    if code == 553 and enhanced.startswith("5.1."):
        return Meaning.UNSURE if enhanced in _ABOUT_US else Meaning.NO_MAILBOX
    return _BY_CODE.get(code) or _by_words(text)


def _by_words(text: str) -> Meaning:
    for words, meaning in (
        (_DISABLED_WORDS, Meaning.DISABLED),
        (_NOBODY_WORDS, Meaning.NO_MAILBOX),
        (_BLOCKED_WORDS, Meaning.BLOCKED),
    ):
        if words.search(text):
            return meaning
    return Meaning.UNSURE
