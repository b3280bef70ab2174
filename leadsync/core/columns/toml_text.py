"""Writing TOML: tables, arrays of tables, and long texts that people can edit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\r\x0e-\x1f\x7f]")


def to_toml(table: Mapping[str, Any]) -> str:
    """A table of plain JSON values as TOML; values of None are left out."""
    return "\n".join(_lines(table, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner: list[tuple[str, Any]] = []
    for key, value in table.items():
        if _is_table(value) or _is_tables(value):
            inner.append((key, value))
        elif value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner:
        place = (*path, key)
        name = ".".join(map(_key, place))
        if _is_table(value):
            yield from ("", f"[{name}]")
            yield from _lines(value, place)
        else:
            for item in value:
                yield from ("", f"[[{name}]]")
                yield from _lines(item, place)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_tables(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[Any]", value)
    return bool(items) and all(map(_is_table, items))


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _one_line(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _several_lines(value) if "\n" in value else _one_line(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in cast('list[Any]', value))}]"
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        inside = (f"{_key(k)} = {_value(v)}" for k, v in pairs if v is not None)
        return "{ " + ", ".join(inside) + " }"
    return repr(value)


def _one_line(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{_escaped(quoted)}"'.replace("\n", "\\n")


def _several_lines(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"""', '""\\"')
    if quoted.endswith('"'):
        quoted = quoted[:-1] + '\\"'
    return f'"""\n{_escaped(quoted)}"""'


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
