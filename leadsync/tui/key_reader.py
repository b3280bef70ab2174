"""Keys as they are typed → actions: sequences such as `g g`, and counts such as `25G`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.tui.action_table import shown_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_COUNT = 9  # digits: no store has more leads


@dataclass(frozen=True, slots=True)
class Typed:
    """What a key came to.

    Attributes:
        action: id of the action that it completed; empty where it completed none.
        count: the number typed before it, or None.
        pending: what is typed so far and waits for more; empty: nothing is.
        is_unknown: the keys mean nothing.
        text: a character that begins an edit.
    """

    action: str = ""
    count: int | None = None
    pending: str = ""
    is_unknown: bool = False
    text: str = ""


class KeyReader:
    """Collects keys until they name an action."""

    def __init__(self, bindings: Mapping[str, str], leader: str = "") -> None:
        """Begin with nothing typed.

        Args:
            bindings: keys, separated by spaces where there are several -> id of an action.
            leader: the key before commands of characters; without it a character is text.
                Empty: characters are commands.
        """
        self._bindings = bindings
        self._leader = leader
        self._is_led = False
        self._prefixes = {
            " ".join(parts[:n])
            for parts in (keys.split(" ") for keys in bindings)
            for n in range(1, len(parts))
        }
        self._digits = ""
        self._keys: list[str] = []

    @property
    def pending(self) -> str:
        """What is typed so far, as people write it."""
        led = shown_keys(self._leader) + " " if self._is_led else ""
        return led + self._digits + "".join(self._keys)

    def clear(self) -> None:
        """Forget what is typed so far."""
        self._digits = ""
        self._keys = []
        self._is_led = False

    def type(self, key: str) -> Typed:
        """Take one key: a printed character, or a name such as `ctrl+d`."""
        if self._leader and not self._is_led:
            if key == self._leader:
                self._is_led = True
                return Typed(pending=self.pending)
            if len(key) == 1:
                return Typed(text=key)
        if not self._keys and self._is_count(key):
            self._digits = (self._digits + key)[:LONGEST_COUNT]
            return Typed(pending=self.pending)
        self._keys.append(key)
        keys = " ".join(self._keys)
        if keys in self._bindings:
            count = int(self._digits) if self._digits else None
            self.clear()
            return Typed(self._bindings[keys], count)
        if keys in self._prefixes:
            return Typed(pending=self.pending)
        self.clear()
        return Typed(is_unknown=True)

    def _is_count(self, key: str) -> bool:
        return (
            len(key) == 1 and key.isascii() and key.isdigit() and (key != "0" or bool(self._digits))
        )
