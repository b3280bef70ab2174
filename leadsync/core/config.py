"""Settings of one process: flags > `LEADSYNC_*` > config.toml > defaults, read once.

The only module that reads the environment; everything else gets a `Config`.
"""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.config_file import (
    KEY_LIKE,
    NAMES,
    REACH_NAMES,
    check_value,
    parse_concurrency,
    parse_provider_cap,
    read_config_file,
)
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.money import parse_usd
from leadsync.core.reach import reach_of
from leadsync.core.secrets import SHORTEST_KEY, KeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.config_file import ConfigFile
    from leadsync.core.reach import Reach

APP = "leadsync"
FILE_NAME = "config.toml"
DEFAULT = "default"
DEFAULT_CONCURRENCY = 8

_IN_FORCE = re.compile(r"LEADSYNC_[A-Z0-9_]+$|[A-Z0-9_]+_BASE_URL$")
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")


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
        provider_caps: what may be spent at a provider a day, over all columns.
        prices: a TOML file of the user's own that overrides shipped prices; None: none.
        reach: what HTTP columns may reach beside public addresses; the file alone says so.
        path: the config file, there or not.
        state_folder: where logs go.
        settings: every value with its origin, as it was given, for `leadsync config`.
        problems: what in file, environment and flags cannot be used.
        is_practice: nothing leaves this machine: answers are simulated, no key is read.
    """

    store: str
    actor: str
    concurrency: int
    max_cost_usd_micros: int | None
    provider_caps: Mapping[str, int]
    prices: Path | None
    reach: Reach
    path: Path
    state_folder: Path
    settings: tuple[Setting, ...]
    problems: tuple[InputError, ...]
    _environment: Mapping[str, str] = field(repr=False)
    _provider_settings: Mapping[str, str] = field(repr=False)
    is_practice: bool = False

    @property
    def has_default_store(self) -> bool:
        """Whether nobody said which store."""
        return not self.is_given("store")

    def is_given(self, name: str) -> bool:
        """Whether somebody gave this setting: a flag, a variable or the file."""
        return any(s.name == name and s.origin != DEFAULT for s in self.settings)

    @property
    def keys(self) -> KeyStore:
        """The keys that the user gave us to keep; in practice, a place without any."""
        return KeyStore(self.state_folder if self.is_practice else self.path.parent)

    @property
    def editor(self) -> str:
        """The command of the user's editor: `$VISUAL`, `$EDITOR`, else vi."""
        return self._environment.get("VISUAL") or self._environment.get("EDITOR") or "vi"

    def for_practice(self, store: str, folder: Path, settings: Mapping[str, str]) -> Config:
        """The same without any key, on another store, with its logs elsewhere.

        Args:
            store: address of the practice store.
            folder: where its logs go.
            settings: providers' settings that go before the user's.
        """
        shown = Setting("store", store, "--practice")
        return replace(
            self,
            store=store,
            state_folder=folder,
            settings=tuple(shown if one.name == "store" else one for one in self.settings),
            is_practice=True,
            _environment={n: v for n, v in self._environment.items() if not KEY_LIKE.search(n)},
            _provider_settings={**self._provider_settings, **settings},
        )

    def secret(self, name: str) -> str | None:
        """A key from the environment, else from `keys`; None where it is not set.

        Raises:
            AccessError: others may read the file of the keys, or the keyring does not give it.
            InputError: the file of the keys is broken.
        """
        if self.is_practice:
            from leadsync.core.practice.marks import KEY

            return KEY
        return self.secret_of_environment(name) or self.keys.get(name)

    def secret_of_environment(self, name: str) -> str | None:
        """A key from the environment; None where it is not set there, or in practice."""
        if self.is_practice:
            return None
        return self._environment.get(name, "").strip() or None

    def is_blank(self, name: str) -> bool:
        """Whether the environment has a variable with nothing in it."""
        return name in self._environment and not self._environment[name].strip()

    def provider_setting(self, name: str) -> str | None:
        """A provider's setting: from the environment, else from `[settings]` of the file."""
        return self._environment.get(name, "").strip() or self._provider_settings.get(name)

    def secrets_in_use(self) -> tuple[str, ...]:
        """Kept keys, and what looks like a key in the environment: what redaction must hide."""
        if self.is_practice:
            return ()
        seen = tuple(
            value.strip()
            for name, value in self._environment.items()
            if KEY_LIKE.search(name) and len(value.strip()) >= SHORTEST_KEY
        )
        try:
            return (*seen, *self.keys.values())
        except LeadSyncError:  # they cannot be used either; who asks for one is told why
            return seen


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
    config = settle_config(flags, environment)
    if config.problems:
        raise config.problems[0]
    return config


def settle_config(
    flags: Mapping[str, str | None] | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """The same, but what cannot be used is told in `problems`, and counts as not given."""
    env = dict(os.environ if environment is None else environment)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    path = Path(given.get("config") or env.get("LEADSYNC_CONFIG") or _folder(env, "CONFIG"))
    file = read_config_file(path)
    problems = [*file.problems]
    found = {name: _find(name, given, env, path, file) for name in NAMES}
    usable: dict[str, str] = {}
    for name, setting in found.items():
        usable[name] = setting.value
        if problem := _problem(setting, path):
            problems.append(problem)
            usable[name] = _default(name, env)
    of_providers = tuple(_provider_settings(env, path, file))
    problems += [problem for setting in of_providers if (problem := _problem(setting, path))]
    max_cost = usable["max_cost"]
    return Config(
        store=usable["store"],
        actor=usable["actor"],
        concurrency=parse_concurrency(usable["concurrency"]),
        max_cost_usd_micros=parse_usd(max_cost) if max_cost else None,
        prices=_prices(found["prices"], path) if usable["prices"] else None,
        reach=reach_of(*(file.lists.get(name, ()) for name in REACH_NAMES)),
        provider_caps=dict(map(parse_provider_cap, file.lists.get("provider_caps", ()))),
        path=path,
        state_folder=_folder(env, "STATE"),
        settings=(
            *found.values(),
            *(Setting(name, ", ".join(items), str(path)) for name, items in file.lists.items()),
            *of_providers,
        ),
        problems=tuple(problems),
        _environment=env,
        _provider_settings=file.provider_settings,
    )


def _prices(setting: Setting, path: Path) -> Path:
    """Where the price file is: a place in the config file is meant from there."""
    place = Path(setting.value).expanduser()
    return path.parent / place if setting.origin == str(path) else place


def hide_password(url: str) -> str:
    """An address without the password that may stand in it."""
    return _PASSWORD.sub(r"\1…@", url)


def _find(
    name: str, given: Mapping[str, str], env: Mapping[str, str], path: Path, file: ConfigFile
) -> Setting:
    variable = f"LEADSYNC_{name.upper()}"
    if name in given:
        return Setting(name, given[name], f"--{name.replace('_', '-')}")
    if env.get(variable):
        return Setting(name, env[variable], variable)
    if name in file.values:
        return Setting(name, file.values[name], str(path))
    return Setting(name, _default(name, env), DEFAULT)


def _problem(setting: Setting, path: Path) -> InputError | None:
    """What is wrong with a setting, where from, and what to do; None if it is fit."""
    if setting.origin == DEFAULT:
        return None
    try:
        check_value(setting.name, setting.value)
    except InputError as error:
        from_file = setting.origin == str(path)
        return InputError(
            f"{error.message} ({setting.origin})",
            next_step=f"leadsync config unset {setting.name}" if from_file else error.next_step,
        )
    return None


def _provider_settings(env: Mapping[str, str], path: Path, file: ConfigFile) -> Iterator[Setting]:
    """Settings of providers in force, from the environment and the file; no keys."""
    own = {f"LEADSYNC_{name.upper()}" for name in NAMES}
    names = {name for name, value in env.items() if value.strip() and _IN_FORCE.match(name)} - own
    for name in sorted(names.union(file.provider_settings)):
        if not KEY_LIKE.search(name):
            inside = env.get(name, "").strip()
            yield Setting(name, inside or file.provider_settings[name],
                          name if inside else str(path))  # fmt: skip


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
