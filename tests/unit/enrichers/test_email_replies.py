"""What replies of mail servers mean."""

from __future__ import annotations

import pytest

from leadsync.enrichers.email_replies import Meaning, Reply, read_reply

REPLIES = {
    "250 2.1.5 ok": Meaning.ACCEPTED,
    "251 user not local; will forward": Meaning.ACCEPTED,
    "252 cannot verify": Meaning.UNSURE,
    "421 4.7.0 try again later": Meaning.LATER,
    "450 4.2.0 greylisted": Meaning.LATER,
    "451 4.7.1 please come back": Meaning.LATER,
    "450 4.2.1 the user receives mail too quickly": Meaning.LATER,
    "452 4.2.2 over quota": Meaning.FULL_LATER,
    "452 mailbox full": Meaning.FULL_LATER,
    "452 4.5.3 too many recipients": Meaning.LATER,
    "550 5.1.1 no such user": Meaning.NO_MAILBOX,
    "550 5.1.10 recipient not found": Meaning.NO_MAILBOX,
    "551 user has moved": Meaning.NO_MAILBOX,
    "553 5.1.3 bad address": Meaning.NO_MAILBOX,
    "553 5.1.8 your address is refused": Meaning.UNSURE,
    "550 5.2.1 mailbox disabled": Meaning.DISABLED,
    "552 over quota": Meaning.FULL,
    "550 5.2.2 over quota": Meaning.FULL,
    "550 5.7.1 access denied": Meaning.BLOCKED,
    "554 5.7.1 listed by a block list": Meaning.BLOCKED,
    "550 5.4.1 recipient address rejected: access denied": Meaning.BLOCKED,
    "554 your address is on our blacklist": Meaning.BLOCKED,
    "530 authentication required": Meaning.BLOCKED,
    "535 credentials": Meaning.BLOCKED,
    "550 5.1.1 no such user; see our spam policy": Meaning.NO_MAILBOX,
    "550 user unknown": Meaning.NO_MAILBOX,
    "550 account disabled": Meaning.DISABLED,
    "550 no": Meaning.UNSURE,
    "554 5.6.0 strange": Meaning.UNSURE,
    "550 2.1.1 a code of another class says nothing": Meaning.UNSURE,
}


@pytest.mark.parametrize(("line", "meaning"), REPLIES.items(), ids=REPLIES)
def test_a_reply_to_a_recipient(line: str, meaning: Meaning) -> None:
    code, _, text = line.partition(" ")
    assert read_reply(Reply(int(code), text)) is meaning


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (Reply(421, "too many connections", "connect"), Meaning.LATER),
        (Reply(554, "no service for you", "connect"), Meaning.BLOCKED),
        (Reply(550, "5.1.8 sender unknown", "mail"), Meaning.BLOCKED),
        (Reply(451, "later", "mail"), Meaning.LATER),
        (Reply(0, "refused", "connect"), Meaning.UNREACHABLE),
        (Reply(0, "time-out"), Meaning.NO_ANSWER),
    ],
)
def test_a_reply_before_any_recipient_speaks_of_us(reply: Reply, meaning: Meaning) -> None:
    assert read_reply(reply) is meaning
