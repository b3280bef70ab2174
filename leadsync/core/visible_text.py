"""Outside text as it may be drawn: what would steer a terminal, or hide, is made visible."""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_IN_JSON = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_PICTURES = 0x2400  # the block "Control Pictures": U+2400 + n shows the control character n
_UNNAMED = "\ufffd"  # one cell for a character that has no picture
_JOINERS = "\u200c\u200d"  # zero-width (non-)joiners are part of emoji and of several scripts


def visible(text: str, *, keep_lines: bool = False) -> str:
    """Text without anything that moves the cursor, sets colours, reorders or hides.

    Args:
        text: whatever came from outside.
        keep_lines: line breaks and tabs stay, for blocks of text; else they are pictures.
    """
    if text.isascii() and text.isprintable():
        return text
    return _STEERING.sub(lambda m: _picture(m[0], keep_lines=keep_lines), text)


def signs(text: str) -> str:
    """The same, a character for each: places in the text stay, as fields for typing need.

    Line breaks and tabs stay, too: such a field lays them out itself.
    """
    if text.isascii() and text.isprintable():
        return text
    return _STEERING.sub(lambda m: _sign(m[0]), text)


def visible_json(text: str) -> str:
    """JSON text whose steering characters are escapes; it means the same."""
    return text if text.isascii() else _IN_JSON.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def _sign(char: str) -> str:
    shown = _picture(char, keep_lines=True)
    return shown if len(shown) == 1 else _UNNAMED


def _picture(char: str, *, keep_lines: bool) -> str:
    if char in _JOINERS or (keep_lines and char in "\n\t"):
        return char
    if char == "\n":
        return "\u23ce"  # ⏎
    code = ord(char)
    if code < 0x20:
        return chr(_PICTURES + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
