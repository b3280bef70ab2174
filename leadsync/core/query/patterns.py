r"""Regular expressions that Python, MongoDB (PCRE) and Java read alike.

`portable` folds what a person typed, since cells are folded, and rewrites the few parts that
the dialects read differently: `.`, `$`, `\b`, `{` and classes. Constructs that only some know
are refused, and so are repetitions of what repeats, `(a+)+`: on a text of 30 characters that does
not match, each engine would try a billion ways.
"""

from __future__ import annotations

import re

from leadsync.core.errors import InputError
from leadsync.core.text import fold

MAX_PATTERN_CHARACTERS = 1000

_TOKEN = re.compile(
    r"(?P<escape>\\.?)|(?P<group>\(\?(?:[:=!]|<[=!]|.?))|(?P<count>\{\d*,?\d*\}[+]?)"
    r"|(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\]?)|(?P<plain>.)",
    re.DOTALL | re.ASCII,
)
_GROUPS = frozenset({"(?:", "(?=", "(?!", "(?<=", "(?<!"})
_COUNT = re.compile(r"\{(\d{0,4})(,?)(\d{0,4})\}", re.ASCII)
_END = r"(?![\s\S])"
_ANCHORS = {
    "b": r"(?:(?<![A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?![A-Za-z0-9_]))",
    "B": r"(?:(?<![A-Za-z0-9_])(?![A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_]))",
    "A": r"(?<![\s\S])",
    "Z": _END,
    "z": _END,
}
_CONTROLS = frozenset("ntrf")
_SPELLED = {
    "d": "[0-9]", "D": "[^0-9]", "w": "[A-Za-z0-9_]", "W": "[^A-Za-z0-9_]",
    "s": r"[ \t\n\r\f\x0b]", "S": r"[^ \t\n\r\f\x0b]", "v": r"\x0b",
}  # fmt: skip
_SPELLED_IN_CLASS = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\x0b", "v": r"\x0b"}


def portable(pattern: str) -> str:
    """The pattern for folded text, in the words that all engines share.

    Raises:
        InputError: it is not a regular expression, is too long, repeats a repetition, or uses
            what only some engines know.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise InputError(f"the pattern is longer than {MAX_PATTERN_CHARACTERS} characters")
    _refuse_nested_repetition(pattern)
    rewritten = "".join(_token(found) for found in _TOKEN.finditer(pattern))
    try:
        re.compile(rewritten, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise _unusable(pattern, str(error)) from error
    return rewritten


def _refuse_nested_repetition(pattern: str) -> None:
    repeats = [False]  # by open group: whether something in it repeats, how often is free
    closed = False  # whether a group that repeats inside ends here
    for found in _TOKEN.finditer(pattern):
        opens = found.lastgroup == "group" or (found.lastgroup == "plain" and found[0] == "(")
        if opens:
            repeats.append(False)
        elif found.lastgroup == "plain" and found[0] == ")" and len(repeats) > 1:
            inside = repeats.pop()
            repeats[-1] |= inside
            closed = inside
            continue
        elif _repeats_freely(found):
            if closed:
                raise _unusable(pattern, "a repetition of what repeats can take for ever")
            repeats[-1] = True
        closed = False


def _repeats_freely(found: re.Match[str]) -> bool:
    if found.lastgroup == "count":
        exact = _COUNT.fullmatch(found[0])
        return exact is not None and bool(exact[2]) and exact[1] != exact[3]
    return found.lastgroup == "plain" and found[0] in "*+"


def _unusable(pattern: str, why: str) -> InputError:
    shown = pattern if len(pattern) <= 80 else f"{pattern[:79]}…"
    return InputError(
        f'the pattern "{shown}" cannot be used: {why}',
        next_step="plain text is found with field~text",
    )


def _token(found: re.Match[str]) -> str:
    text = found[0]
    match found.lastgroup:
        case "escape":
            return _escape(found)
        case "group":
            if text not in _GROUPS:
                raise _unusable(found.string, f'"{text}" is not known to every engine')
            return text
        case "count":
            return _count(found)
        case "class":
            return _character_class(found)
        case _:
            return _plain(text)


def _plain(character: str) -> str:
    if character == ".":
        return r"[^\n]"
    if character == "$":
        return rf"(?=\n?{_END})"
    if character == "^":
        return _ANCHORS["A"]
    if character in "{}]":
        return f"\\{character}"
    return character if character.isascii() and not character.isupper() else _literal(character)


def _literal(character: str) -> str:
    return re.escape(fold(character))


def _escape(found: re.Match[str]) -> str:
    letter = found[0][1:]
    if letter in _ANCHORS:
        return _ANCHORS[letter]
    if letter in _SPELLED:
        return _SPELLED[letter]
    if letter in _CONTROLS:
        return found[0]
    if not letter or (letter.isascii() and letter.isalnum()):
        raise _unusable(found.string, f'"\\{letter}" is not known to every engine')
    return _literal(letter)


def _count(found: re.Match[str]) -> str:
    exact = _COUNT.fullmatch(found[0])
    if not exact or not (exact[1] or exact[3]):
        if found[0].endswith("+"):
            raise _unusable(found.string, "a repetition cannot be repeated")
        return re.escape(found[0])
    return f"{{{exact[1] or 0}{exact[2]}{exact[3]}}}"


def _character_class(found: re.Match[str]) -> str:
    text = found[0]
    opening = re.match(r"\[\^?\]?", text)
    assert opening, "the token begins with a bracket"
    if len(text) <= len(opening[0]) or not text.endswith("]"):
        raise _unusable(found.string, "a [ is not closed")
    inside = text[1:-1].removeprefix("^")
    members = re.findall(r"\\.|.", inside, re.DOTALL)
    negated = "^" if text.startswith("[^") else ""
    return f"[{negated}{''.join(_member(member, found.string) for member in members)}]"


def _member(member: str, pattern: str) -> str:
    if member == "-":
        return member
    if len(member) == 1:
        return "".join(_quoted(c) for c in fold(member))
    letter = member[1]
    if letter in _SPELLED_IN_CLASS:
        return _SPELLED_IN_CLASS[letter]
    if letter in _CONTROLS:
        return member
    if letter.isascii() and letter.isalnum():
        raise _unusable(pattern, f'"[\\{letter}]" is not known to every engine')
    return "".join(_quoted(c) for c in fold(letter))


def _quoted(character: str) -> str:
    return character if character.isalnum() or not character.isascii() else f"\\{character}"
