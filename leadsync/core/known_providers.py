"""Names of providers in the user's settings: which are meant, and which are slips.

A cap or an address for a provider of a misspelt name would hold for nobody, and nobody would see it.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import known_fields
from leadsync.core.config_file import parse_provider_cap
from leadsync.core.engine.key_checks import provider_names, usable_providers
from leadsync.core.engine.kinds import find_enricher, parse_config
from leadsync.core.errors import InputError, LeadSyncError, nearest
from leadsync.core.store.opening import is_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

_BASE_URL = re.compile(r"LEADSYNC_([A-Z0-9_]+)_BASE_URL")
_HOST_MARKS = (".", ":")


def check_caps(caps: str, config: Config) -> None:
    """Refuse a cap for a provider that nobody asks.

    Args:
        caps: as `leadsync config set provider_caps` takes them: `openai 20, api.crm.example 5`.
        config: names the store whose columns ask providers, too.

    Raises:
        InputError: with the nearest name; or a cap cannot be read.
    """
    known = _known(config)
    for part in caps.split(","):
        name, _ = parse_provider_cap(part)
        if not _is_known(name, known):
            raise InputError(
                f"provider_caps: {_unknown(name, known)}",
                next_step=f"known providers: {', '.join(sorted(known))}; HTTP columns have the"
                " name of their host, as api.example.com",
            )


def check_no_key(name: str) -> None:
    """Refuse a provider's key as a setting.

    Raises:
        InputError: says where it is kept instead.
    """
    owner = next((n for n, one in usable_providers().items() if one.secret == name), None)
    if owner is not None:
        raise InputError(
            f'"{name}" is the key of {owner}; keys do not belong in the config file',
            next_step=f"leadsync keys set {owner}",
        )


def iter_slips(config: Config) -> Iterator[str]:
    """What settings in force say of providers that nobody knows, as sentences."""
    known = _known(config)
    for name in config.provider_caps:
        if not _is_known(name, known):
            yield f"provider_caps: {_unknown(name, known)}"
    for setting in config.settings:
        found = _BASE_URL.fullmatch(setting.name)
        # A provider may have a second address, as `pdl_sandbox`.
        if found and not any(
            found[1] == one or found[1].startswith(f"{one}_") for one in map(str.upper, known)
        ):
            words = _unknown(found[1].lower(), known)
            yield f"{setting.name} is not used: {words}"


def _known(config: Config) -> frozenset[str]:
    """Installed providers, and those that columns of the store ask, as far as it may be read."""
    from leadsync.core.workspace import Workspace

    used: Iterable[str] = ()
    if not is_missing(config.store):
        with contextlib.suppress(LeadSyncError), Workspace.open(config) as workspace:
            used = list(_used(workspace.store))
    return frozenset({*provider_names(), *used})


def _used(store: Store) -> Iterator[str]:
    columns = store.columns()
    for column in columns:
        if column.is_running:
            with contextlib.suppress(LeadSyncError):  # doctor says what is wrong with a column
                config = parse_config(column.kind, column.config)
                fields = known_fields(columns, column.inputs)
                yield from find_enricher(column.kind).describe(config, fields).providers


def _is_known(name: str, known: Collection[str]) -> bool:
    return name in known or any(mark in name for mark in _HOST_MARKS)


def _unknown(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    hint = f'; did you mean "{near}"?' if near else ""
    return f'no provider "{name}"{hint}'
