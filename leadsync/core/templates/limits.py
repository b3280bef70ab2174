"""What one rendering may cost: steps, sizes, time.

Every hook of the sandbox pays here, so that no template runs for more than about a second or
holds more than some tens of megabytes, in any thread and without signals. A step is one
operation or 64 characters of text.
"""

from __future__ import annotations

import time
from typing import Any, cast

from leadsync.core.errors import InputError

MAX_SOURCE_CHARS = 100_000
MAX_OUTPUT_CHARS = 100_000
MAX_TEXT_CHARS = 1_000_000
MAX_ITEMS = 10_000
MAX_INT_BITS = 1024
MAX_STEPS = 200_000  # plain loops reach 0.2 s with these
MAX_CPU_S = 0.5
MAX_WIDTH = 1000
"""Widest field that padding, indentation and number formats may ask for."""

_CHARS_PER_STEP = 64
_TICKS_PER_LOOK = 16  # a look at the clock costs as much as three steps
_ADVICE = "make the template smaller, or shorten what it reads: {{ notes[:500] }}"


class TemplateLimit(InputError):
    """A template wants more time or memory than one cell is worth."""

    def __init__(self, what: str) -> None:
        """Say which limit was passed."""
        super().__init__(f"the template goes too far: {what}", next_step=_ADVICE)


class Budget:
    """The steps and seconds that one rendering has left."""

    __slots__ = ("_left", "_stop_at", "_ticks")

    def __init__(self) -> None:
        """Begin one rendering, in the thread that does it."""
        self._left = MAX_STEPS
        self._stop_at = time.thread_time() + MAX_CPU_S
        self._ticks = 0

    def spend(self, steps: int) -> None:
        """Pay for some work.

        Raises:
            TemplateLimit: the budget is used up.
        """
        self._left -= steps
        if self._left < 0:
            raise TemplateLimit(f"more than {MAX_STEPS:,} steps")
        self._ticks += 1
        if self._ticks % _TICKS_PER_LOOK == 0 and time.thread_time() > self._stop_at:
            raise TemplateLimit(f"more than {MAX_CPU_S} seconds")

    def pay_for(self, value: object) -> None:
        """Pay for a value that was made or read."""
        self.spend(weigh(value))


def weigh(value: object) -> int:
    """How many steps a value is worth.

    Raises:
        TemplateLimit: it is larger than any cell needs.
        TypeError: it is nothing that a template may handle.
    """
    if isinstance(value, str):
        return 1 + check_chars(len(value)) // _CHARS_PER_STEP
    if value is None or isinstance(value, float):
        return 1
    if isinstance(value, int):
        check_bits(value.bit_length())
        return 1
    if isinstance(value, (list, tuple, dict, range)):
        return _weigh_items(cast("Any", value))
    if type(value).__module__ == "jinja2.runtime":  # an undefined value, a loop's state
        return 1
    raise TypeError(f"a template cannot handle a {type(value).__name__}")


def _weigh_items(value: list[Any] | tuple[Any, ...] | dict[Any, Any] | range) -> int:
    """Each mention counts, so that lists holding one list many times are as heavy as they print."""
    steps, seen = 1, 0
    waiting: list[Any] = [value]
    while waiting:
        found = waiting.pop()
        seen += 1
        if seen + len(waiting) > MAX_ITEMS:
            raise TemplateLimit(f"a list of more than {MAX_ITEMS:,} items")
        if isinstance(found, (list, tuple, range)):
            check_items(len(cast("list[Any]", found)))
            waiting.extend(cast("list[Any]", found))
        elif isinstance(found, dict):
            check_items(len(cast("dict[Any, Any]", found)))
            waiting.extend(cast("dict[Any, Any]", found).keys())
            waiting.extend(cast("dict[Any, Any]", found).values())
        else:
            steps += weigh(found)
    return steps


def check_chars(count: int) -> int:
    """The length of a text that is about to be made, or TemplateLimit."""
    if count > MAX_TEXT_CHARS:
        raise TemplateLimit(f"a text of more than {MAX_TEXT_CHARS:,} characters")
    return count


def check_items(count: int) -> int:
    """The length of a list that is about to be made, or TemplateLimit."""
    if count > MAX_ITEMS:
        raise TemplateLimit(f"a list of more than {MAX_ITEMS:,} items")
    return count


def check_bits(count: int) -> int:
    """The size of a whole number that is about to be made, or TemplateLimit."""
    if count > MAX_INT_BITS:
        raise TemplateLimit("a number of more than 300 digits")
    return count


def check_width(width: object) -> None:
    """Refuse a width, count or precision that is wider than any text needs."""
    if isinstance(width, (int, float)) and abs(width) > MAX_WIDTH:
        raise TemplateLimit(f"a width of more than {MAX_WIDTH:,}")
