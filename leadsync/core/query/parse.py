"""Reading typed filters: text → tree, and text → filter document.

The grammar is in grammar.lark. Every error names the place, with a caret under it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError
from leadsync.core.query.tree import AllOf, AnyOf, Condition, Kind, Negated, Word

if TYPE_CHECKING:
    from lark import Token
    from lark.exceptions import UnexpectedInput

    from leadsync.core.models import Doc
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.tree import Tree

MAX_CHARACTERS = 20_000
MAX_NESTING = 30
HELP = 'as in: title:"head of" employees>=50 -tag:cold (country:DE or country:AT)'

_FIELD = re.compile(r"([A-Za-z0-9_.]+)(.+)", re.DOTALL)
_HANGING = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(!=|:?[<>]=?|[:=~])$")


def parse_filter(text: str, catalog: Catalog) -> Doc:
    """The filter document of a typed filter; {} for an empty one.

    Raises:
        InputError: it cannot be read, or names a field, value or pattern that does not exist.
    """
    from leadsync.core.query.meaning import to_document

    tree = parse_tree(text)
    return to_document(tree, text, catalog) if tree else {}


def parse_tree(text: str) -> Tree | None:
    """The tree of a typed filter; None for an empty one.

    Raises:
        InputError: the text is not of the language; the place is named.
    """
    if not text.strip():
        return None
    _check_nesting(text)
    from lark.exceptions import UnexpectedInput

    try:
        found = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _not_understood(text, _place(error, text)) from error
    return _tree(found.children[0], text)


def error_at(text: str, at: int, sentence: str, next_step: str = "") -> InputError:
    """An error with the place in the filter: its column, and a caret under it."""
    line_start = text.rfind("\n", 0, at) + 1
    line = text[line_start:].split("\n", 1)[0]
    # A long filter is shown from 60 characters before the place.
    cut = max(0, at - line_start - 60)
    shown = line[cut : cut + 120].replace("\t", " ")
    caret = " " * (at - line_start - cut) + "^"
    return InputError(
        f"filter, column {at - line_start + 1}: {sentence}\n  {shown}\n  {caret}",
        next_step=next_step,
    )


@lru_cache(maxsize=1)
def _grammar() -> Any:
    from lark import Lark

    grammar = resources.files("leadsync.core.query").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual")


def _tree(rule: Any, text: str) -> Tree:
    match str(rule.data):
        case "word":
            token: Token = rule.children[0]
            shown, kind = _read(token)
            return Word(shown, kind, token.start_pos or 0)
        case "condition":
            return _condition(rule.children[0], rule.children[1], text)
        case "negated":
            return Negated(_tree(rule.children[0], text))
        case "all_of":
            return AllOf(_joined(rule, AllOf, text))
        case "any_of":
            return AnyOf(_joined(rule, AnyOf, text))
        case other:
            raise AssertionError(f"the grammar has a rule that is not read: {other}")


def _joined(rule: Any, kind: type[AllOf | AnyOf], text: str) -> tuple[Tree, ...]:
    """The terms, where `(a b) c` is the same as `a b c`."""
    terms: list[Tree] = []
    for child in rule.children:
        term = _tree(child, text)
        terms.extend(
            term.terms if isinstance(term, (AllOf, AnyOf)) and type(term) is kind else [term]
        )
    return tuple(terms)


def _condition(name: Token, value: Token, text: str) -> Condition:
    start, end = name.start_pos or 0, name.end_pos or 0
    value_at = value.start_pos or 0
    if value_at != end:
        raise _no_value(text, str(name), start)
    found = _FIELD.fullmatch(str(name))
    assert found, "the grammar gives a name and an operator"
    operator = found[2].removeprefix(":") or ":"
    shown, kind = _read(value)
    return Condition(found[1], operator, shown, kind, start, value_at)


def _read(token: Token) -> tuple[str, Kind]:
    if token.type == "PHRASE":
        return re.sub(r"\\([\"\\])", r"\1", token[1:-1]), Kind.QUOTED
    if token.type == "REGEX":
        return token[1:-1], Kind.REGEX
    return str(token), Kind.BARE


def _check_nesting(text: str) -> None:
    """Refuse what would make the tree too deep, before it is built recursively."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"the filter is longer than {MAX_CHARACTERS} characters")
    bare = re.sub(r'"([^"\\]|\\.)*"', "", text, flags=re.DOTALL)
    depth = deepest = 0
    for found in re.finditer(r"[()]|(?<![^\s(-])(?:-|not\b)", bare, re.IGNORECASE):
        if found[0] == ")":
            depth = max(0, depth - 1)
        else:
            deepest = max(deepest, depth + 1)
            depth += found[0] == "("
    chain = re.search(rf"(?:-|\bnot\s+){{{MAX_NESTING},}}", bare, re.IGNORECASE)
    if deepest > MAX_NESTING or chain:
        raise InputError(f"the filter is nested more than {MAX_NESTING} levels deep")


def _place(error: UnexpectedInput, text: str) -> int:
    """Where the grammar could not go on; the end of the text where something is missing."""
    token = getattr(error, "token", None)
    at = error.pos_in_stream
    return len(text) if at is None or getattr(token, "type", "") == "$END" else at


def _no_value(text: str, field: str, at: int) -> InputError:
    return error_at(
        text,
        at,
        f'no value after "{field}"',
        "write it without a space; blank cells are field:empty",
    )


def _not_understood(text: str, at: int) -> InputError:
    """What is wrong at a place where the grammar could not go on."""
    before = text[:at].rstrip()
    if text[at : at + 1] == '"':
        return error_at(text, at, "the quote is not closed", HELP)
    hanging = _HANGING.search(before)
    if hanging:
        return _no_value(text, hanging[0], hanging.start())
    if at >= len(text.rstrip()):
        return _ends_early(text, before)
    if text[at] == ")":
        return error_at(text, at, _why_not_closed(before), HELP)
    word = re.match(r"\S+", text[at:])
    return error_at(text, at, f'"{word[0] if word else text[at]}" cannot stand here', HELP)


def _ends_early(text: str, before: str) -> InputError:
    open_at = _open_parenthesis(text)
    if open_at is None or re.search(r"(?i)\b(or|and|not)$", before):
        return error_at(text, len(before), "a condition is missing at the end", HELP)
    return error_at(text, open_at, "this ( is not closed", HELP)


def _why_not_closed(before: str) -> str:
    if before.endswith("("):
        return "there is nothing between the parentheses"
    has_open = _open_parenthesis(before) is not None
    return "a condition is missing before this )" if has_open else "no ( belongs to this )"


def _open_parenthesis(text: str) -> int | None:
    """Where the last parenthesis that nothing closes stands, outside quotes."""
    opened: list[int] = []
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', text, re.DOTALL):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened[-1] if opened else None
