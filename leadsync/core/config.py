"""Settings of one process: flags > `LEADSYNC_*` > config.toml > defaults, read once.

The only module that reads the environment; everything else gets a `Config`.
"""

from __future__ import annotations

import getpass
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError, nearest
from leadsync.core.money import parse_usd

if TYPE_CHECKING:
    from collections.abc import Mapping

APP = "leadsync"
FILE_NAME = "config.toml"
DEFAULT_CONCURRENCY = 8
MAX_CONCURRENCY = 256

_KEY_LIKE = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")
_NAMES = ("store", "actor", "concurrency", "max_cost", "prices")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it came from: a flag, a variable, the file, or the default."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, settled.

    Attributes:
        store: URL of the store, `sqlite:///PATH` or `mongodb://…/DB`.
        actor: who history says it was.
        concurrency: requests that may be in flight at once.
        max_cost_usd_micros: what one run may spend where no `--max-cost` is given; None: no cap.
        prices: a TOML file of the user's own that overrides shipped prices; None: none.
        path: the config file, there or not.
        state_folder: where logs go.
        settings: every value with its origin, for `leadsync config`.
    """

    store: str
    actor: str
    concurrency: int
    max_cost_usd_micros: int | None
    prices: Path | None
    path: Path
    state_folder: Path
    settings: tuple[Setting, ...]
    _environment: Mapping[str, str] = field(repr=False)
    _provider_settings: Mapping[str, str] = field(repr=False)

    def secret(self, name: str) -> str | None:
        """A key from the environment; None where it is not set."""
        return self._environment.get(name, "").strip() or None

    def provider_setting(self, name: str) -> str | None:
        """A provider's setting: from the environment, else from `[settings]` of the file."""
        return self._environment.get(name, "").strip() or self._provider_settings.get(name)

    def secrets_in_use(self) -> tuple[str, ...]:
        """Values of the environment that look like keys: what redaction must hide."""
        return tuple(
            value.strip()
            for name, value in self._environment.items()
            if _KEY_LIKE.search(name) and len(value.strip()) >= 8
        )


def load_config(
    flags: Mapping[str, str | None] | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Settle every setting.

    Args:
        flags: by name (`store`, `config`); None values are not given.
        environment: instead of the process's own, for tests and embedding.

    Raises:
        InputError: the file cannot be read, or holds an unknown name or a value that does not fit.
    """
    env = dict(os.environ if environment is None else environment)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    path = Path(given.get("config") or env.get("LEADSYNC_CONFIG") or _folder(env, "CONFIG"))
    from_file, provider_settings = _read_file(path)
    found: dict[str, Setting] = {}
    for name in _NAMES:
        variable = f"LEADSYNC_{name.upper()}"
        if name in given:
            found[name] = Setting(name, given[name], f"--{name.replace('_', '-')}")
        elif env.get(variable):
            found[name] = Setting(name, env[variable], variable)
        elif name in from_file:
            found[name] = Setting(name, from_file[name], str(path))
        else:
            found[name] = Setting(name, _default(name, env), "default")
    max_cost = found["max_cost"].value
    return Config(
        store=found["store"].value,
        actor=found["actor"].value,
        concurrency=_concurrency(found["concurrency"]),
        max_cost_usd_micros=parse_usd(max_cost) if max_cost else None,
        prices=Path(found["prices"].value) if found["prices"].value else None,
        path=path,
        state_folder=_folder(env, "STATE"),
        settings=tuple(found.values()),
        _environment=env,
        _provider_settings=provider_settings,
    )


def write_setting(path: Path, name: str, value: str | None) -> None:
    """Set a name in the config file, or take it out with None; the rest stays as it is.

    Raises:
        InputError: the name is unknown, or is a key, which does not belong in a file.
    """
    _check_name(name if name in _NAMES else f"settings.{name}", path)
    values, provider_settings = _read_file(path)
    table = values if name in _NAMES else provider_settings
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value
    lines = [f"{key} = {_quoted(text)}" for key, text in values.items()]
    if provider_settings:
        lines += ["", "[settings]"]
        lines += [f"{key} = {_quoted(text)}" for key, text in provider_settings.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def hide_password(url: str) -> str:
    """An address without the password that may stand in it."""
    return _PASSWORD.sub(r"\1…@", url)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _read_file(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}, {}
    except (OSError, UnicodeError) as error:
        raise InputError(f'the config file "{path}" cannot be read: {error}') from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f'the config file "{path}" is not TOML: {error}') from error
    settings: dict[str, str] = {}
    table: Any = content.pop("settings", {})
    if isinstance(table, dict):
        for name, value in cast("dict[str, Any]", table).items():
            _check_name(f"settings.{name}", path)
            settings[name] = str(value)
    for name in content:
        _check_name(name, path)
    return {name: str(value) for name, value in content.items()}, settings


def _check_name(name: str, path: Path) -> None:
    if name.startswith("settings."):
        if _KEY_LIKE.search(name.upper()):
            raise InputError(
                f'"{name.removeprefix("settings.")}" is a key; keys do not belong in "{path}"',
                next_step="set it in the environment: export NAME=…",
            )
        return
    if name not in _NAMES:
        near = nearest(name, _NAMES)
        hint = f'; did you mean "{near}"?' if near else ""
        raise InputError(
            f'no setting "{name}"{hint}', next_step=f"known settings: {', '.join(_NAMES)}"
        )


def _default(name: str, env: Mapping[str, str]) -> str:
    if name == "store":
        return f"sqlite:///{_folder(env, 'DATA')}"
    if name == "actor":
        return env.get("USER") or env.get("USERNAME") or getpass.getuser()
    return str(DEFAULT_CONCURRENCY) if name == "concurrency" else ""


def _folder(env: Mapping[str, str], what: str) -> Path:
    """The platform's place of the config file, the store, or the logs."""
    override = env.get("LEADSYNC_HOME")
    if override:
        base = Path(override)
    else:
        import platformdirs

        base = {
            "CONFIG": platformdirs.user_config_path,
            "DATA": platformdirs.user_data_path,
            "STATE": platformdirs.user_state_path,
        }[what](APP, appauthor=False)
    return {"CONFIG": base / FILE_NAME, "DATA": base / "leadsync.db", "STATE": base}[what]


def _concurrency(setting: Setting) -> int:
    try:
        number = int(setting.value)
    except ValueError:
        number = 0
    if not 1 <= number <= MAX_CONCURRENCY:
        raise InputError(
            f'concurrency must be 1 to {MAX_CONCURRENCY}, not "{setting.value}" ({setting.origin})'
        )
    return number
