"""The config file: settings and their texts, checked before they are written."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError, StoreError, nearest
from leadsync.core.exporting.whole_file import whole_file
from leadsync.core.money import parse_usd
from leadsync.core.provider_settings import check_provider_setting
from leadsync.core.reach import parse_allowed, parse_grant, parse_port
from leadsync.core.store.opening import check_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

NAMES = ("store", "actor", "concurrency", "max_cost", "prices")
REACH_NAMES = ("allow_private", "allow_ports", "http_secrets")
"""What HTTP columns may reach."""
LIST_NAMES = (*REACH_NAMES, "provider_caps")
"""Settings of several values. The file alone can set them."""
MAX_CONCURRENCY = 256
KEY_LIKE = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")

_TABLE = "settings"
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PROVIDER_SETTING = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What stands in the file, also where it does not fit.

    Attributes:
        values: texts by name.
        lists: lists of texts by name.
        provider_settings: texts of the table `[settings]` by name.
        problems: what cannot be used, each with what to do; empty in a file that is fit.
        is_toml: whether it could be read at all.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    provider_settings: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: tuple[InputError, ...] = ()
    is_toml: bool = True


def read_config_file(path: Path) -> ConfigFile:
    """The file's content; a missing file is an empty one. Problems are told, not raised."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return ConfigFile()
    except (OSError, UnicodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return _unreadable(f'the config file "{path}" cannot be read: {what}', path)
    except tomllib.TOMLDecodeError as error:
        return _unreadable(f'the config file "{path}" is not TOML: {error}', path)
    table: Any = content.pop(_TABLE, {})
    if not isinstance(table, dict):
        return _unreadable(f'"{_TABLE}" in the config file "{path}" is no table', path)
    problems: list[InputError] = []
    given = {name: content.pop(name) for name in LIST_NAMES if name in content}
    lists = {name: _items(name, value, path, problems) for name, value in given.items()}
    values = _texts(content, path, problems)
    provider_settings = _texts(cast("dict[str, Any]", table), path, problems)
    problems += _misplaced(values, path, lambda name: name in NAMES)
    problems += _misplaced(provider_settings, path, lambda name: name not in NAMES)
    return ConfigFile(values, lists, provider_settings, tuple(problems))


def write_setting(path: Path, name: str, value: str | None) -> None:
    """Set a name in the file, or take it out with None; the other settings stay as they are.

    Raises:
        InputError: the name is unknown or is a key, which does not belong in a file; the value
            does not fit the name; or the file is not TOML.
        StoreError: the file cannot be written.
    """
    file = read_config_file(path)
    if not file.is_toml:
        raise file.problems[0]
    tables = {"": dict(file.values), _TABLE: dict(file.provider_settings)}
    lists = dict(file.lists)
    if value is None:
        if name not in tables[""] | tables[_TABLE] | lists:
            check_name(name)
        for table in (*tables.values(), lists):
            table.pop(name, None)
    elif name in LIST_NAMES:
        lists[name] = tuple(part.strip() for part in value.split(","))
        check_items(name, lists[name])
    else:
        check_name(name)
        check_value(name, value)
        if name == "prices":
            value = str(Path(value).expanduser().absolute())
        tables["" if name in NAMES else _TABLE][name] = value
    lines = _lines(tables[""])
    lines += [f"{k} = [{', '.join(map(_quoted, items))}]" for k, items in lists.items()]
    if tables[_TABLE]:
        lines += ["", f"[{_TABLE}]", *_lines(tables[_TABLE])]
    _make_folder(path)
    with whole_file(path) as target:
        target.write("".join(f"{line}\n" for line in lines).encode())


def check_name(name: str) -> None:
    """Refuse what is no setting.

    Raises:
        InputError: with the nearest name; or it is a key.
    """
    if name in NAMES or name in LIST_NAMES:
        return
    if KEY_LIKE.search(name.upper()):
        raise InputError(
            f'"{name}" is a key; keys do not belong in the config file',
            next_step=f"leadsync keys set {name.upper()}",
        )
    if not _PROVIDER_SETTING.fullmatch(name):
        near = nearest(name, [*NAMES, *LIST_NAMES])
        hint = f'; did you mean "{near}"?' if near else ""
        raise InputError(
            f'no setting "{name}"{hint}',
            next_step=f"known settings: {', '.join([*NAMES, *LIST_NAMES])}; those of providers are"
            " in capitals",
        )


def check_value(name: str, value: str) -> None:
    """Refuse a text that the setting cannot have.

    Raises:
        InputError: the setting is named.
    """
    if not value.strip() or not value.isprintable():
        raise InputError(
            f"{name} is one line of text that is not blank",
            next_step=f"leadsync config unset {name}",
        )
    check_provider_setting(name, value)
    if check := _CHECKS.get(name):
        try:
            check(value)
        except InputError as error:
            raise InputError(f"{name}: {error.message}", next_step=error.next_step) from error


def parse_concurrency(text: str) -> int:
    """Requests in flight from text.

    Raises:
        InputError: it is no number in the range.
    """
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= number <= MAX_CONCURRENCY:
        raise InputError(f'"{text}" is no number of 1 to {MAX_CONCURRENCY}')
    return number


def check_items(name: str, items: Iterable[str]) -> None:
    """Refuse items that a list of that name cannot have.

    Raises:
        InputError: the setting is named.
    """
    for item in items:
        check_value(name, item)


def parse_provider_cap(text: str) -> tuple[str, int]:
    """A provider, and the most that may be spent at it a day, from text such as `openai 20`.

    Raises:
        InputError: it is something else.
    """
    provider, _, amount = text.strip().rpartition(" ")
    if not provider.strip():
        raise InputError(
            f'"{text}" names no provider with an amount a day', next_step="write it as openai 20"
        )
    return provider.strip(), parse_usd(amount)


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "allow_private": parse_allowed,
    "allow_ports": parse_port,
    "http_secrets": parse_grant,
    "provider_caps": parse_provider_cap,
    "store": check_address,
    "concurrency": parse_concurrency,
    "max_cost": parse_usd,
}


def _misplaced(
    table: Mapping[str, str], path: Path, belongs: Callable[[str], bool]
) -> Iterator[InputError]:
    for name in table:
        sentence = f'"{name}" stands in the wrong table of "{path}"'
        try:
            check_name(name)
        except InputError as error:
            sentence = f'{error.message} ("{path}")'
        else:
            if belongs(name):
                continue
        yield InputError(sentence, next_step=f"leadsync config unset {name}")


def _items(name: str, value: Any, path: Path, problems: list[InputError]) -> tuple[str, ...]:
    """The items of a list, where all of them are fit; else none, and the problem."""
    if not isinstance(value, list):
        sentence = f'{name} is no list ("{path}")'
        problems.append(InputError(sentence, next_step=f'as in: {name} = ["…"]'))
        return ()
    items = tuple(str(item) for item in cast("list[Any]", value))
    try:
        check_items(name, items)
    except InputError as error:
        problems.append(InputError(f'{error.message} ("{path}")', next_step=error.next_step))
        return ()
    return items


def _texts(table: dict[str, Any], path: Path, problems: list[InputError]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, (dict, list)):
            problems.append(
                InputError(
                    f'"{name}" in the config file "{path}" is not one value',
                    next_step=f"leadsync config unset {name}",
                )
            )
        found[name] = json.dumps(value) if isinstance(value, bool) else str(cast("Any", value))
    return found


def _unreadable(sentence: str, path: Path) -> ConfigFile:
    problem = InputError(sentence, next_step=f'mend "{path}" in an editor, or remove it')
    return ConfigFile(problems=(problem,), is_toml=False)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(
            f'the folder "{path.parent}" cannot be made: {error.strerror}',
            next_step="check the permissions of the folder above it",
        ) from error


def _lines(table: Mapping[str, str]) -> list[str]:
    bare = _BARE_KEY.fullmatch
    return [f"{k if bare(k) else _quoted(k)} = {_quoted(text)}" for k, text in table.items()]


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for DEL, which TOML does not take raw."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
