"""The templates of an HTTP column: lead fields, and marks that stand for keys until it is sent.

A key is never rendered. `{{ secret("NAME") }}` becomes a mark around the name; the journal shows
`[secret NAME]`, and only what leaves has the key in its place.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.templates import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadsync.core.engine.outcomes import Json

CALLBACK = "callback_url"
HANDLE = "handle"
ITEMS = "items"

# Two code points that no text has: Unicode keeps them for uses inside of programs.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_SECRET = re.compile(r"""\{\{-?\s*secret\(\s*(['"])([A-Z][A-Z0-9_]*)\1\s*\)\s*-?\}\}""")
_OTHER_SECRET = re.compile(r"\{[{%][^}]*\bsecret\s*\(")
_ALL_ITEMS = re.compile(r"\s*\{\{\s*items\s*\}\}\s*")

CALLBACK_MARK = f"{_OPEN}{CALLBACK}{_CLOSE}"


def compile_text(text: str, known: frozenset[str]) -> Template:
    """A template whose keys are marks.

    Raises:
        InputError: it cannot be compiled, or a key does not stand alone.
    """
    return _compiled(text, known)


def secrets_in(text: str) -> list[str]:
    """Names of the keys that a template has."""
    return [found[2] for found in _SECRET.finditer(text)]


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as templates get them: none of them can hold a mark."""
    return {key: _clean(value) for key, value in values.items()}


def render_tree(tree: Any, known: frozenset[str], values: Mapping[str, Any]) -> Json:
    """Tables and lists whose texts are templates, rendered; `{{ items }}` alone is the list itself.

    Raises:
        BlankInput: a field that a text needs is blank.
        InputError: a text does not fit the lead.
    """
    if isinstance(tree, str):
        if ITEMS in values and _ALL_ITEMS.fullmatch(tree):
            return cast("Json", json.loads(values[ITEMS]))
        return compile_text(tree, known).render(values)
    if isinstance(tree, dict):
        table = cast("dict[str, Any]", tree)
        return {name: render_tree(part, known, values) for name, part in table.items()}
    if isinstance(tree, list):
        return [render_tree(part, known, values) for part in cast("list[Any]", tree)]
    return cast("Json", tree)


def texts_in(tree: Any) -> Iterator[str]:
    """All texts of tables and lists."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        yield from texts_in(list(cast("dict[str, Any]", tree).values()))
    elif isinstance(tree, list):
        for part in cast("list[Any]", tree):
            yield from texts_in(part)


def replace_marks(tree: Any, replace: Callable[[str], str]) -> Any:
    """Plain JSON in which each mark is what `replace` gives for its name."""
    if isinstance(tree, str):
        return _MARK.sub(lambda mark: replace(mark[1]), tree)
    if isinstance(tree, dict):
        table = cast("dict[str, Any]", tree)
        return {name: replace_marks(part, replace) for name, part in table.items()}
    if isinstance(tree, list):
        return [replace_marks(part, replace) for part in cast("list[Any]", tree)]
    return tree


def shown(name: str) -> str:
    """What is shown in the place of a key."""
    return f"[secret {name}]"


def has_mark(text: str) -> bool:
    """Whether a mark stands in a text."""
    return _OPEN in text


@lru_cache(maxsize=512)
def _compiled(text: str, known: frozenset[str]) -> Template:
    if _OPEN in text or _CLOSE in text:
        raise InputError("the template has a code point that is no character (U+FDD0, U+FDD1)")
    marked = _SECRET.sub(lambda found: f"{_OPEN}{found[2]}{_CLOSE}", text)
    if _OTHER_SECRET.search(marked):
        raise InputError(
            "a key stands alone in its braces, with a name in capitals",
            next_step='as in: Bearer {{ secret("CRM_TOKEN") }}',
        )
    return compile_template(marked, known)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
    if isinstance(value, (tuple, list)):
        return tuple(_clean(part) for part in cast("tuple[Any, ...]", value))
    return value
