"""What a message did: for the log and for whoever watches, never for who sent it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """The effect of one message.

    Attributes:
        created: leads that are new.
        updated: leads that were changed.
        left_out: leads of the message that were not taken: no lead, or of two leads.
        suppressed: addresses that must not be touched from now on.
        missing: people of the message who are no lead here.
        kept_out: leads of the message whose people are suppressed, or were erased.
        is_repeat: it had its effect before, and none now.
    """

    created: int = 0
    updated: int = 0
    left_out: int = 0
    suppressed: int = 0
    missing: int = 0
    kept_out: int = 0
    is_repeat: bool = False


class RepeatError(Exception):
    """The message had its effect before; the unit is given up."""
