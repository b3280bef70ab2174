"""Whether this machine and workspace are fit to work: what `leadsync doctor` says."""

from __future__ import annotations

import platform
import sqlite3
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import known_fields
from leadsync.core.config import hide_password
from leadsync.core.engine.enricher import ChoosesKeys
from leadsync.core.engine.key_checks import check_key, iter_provider_faults, usable_providers
from leadsync.core.engine.kinds import (
    find_enricher,
    iter_kind_faults,
    parse_config,
    usable_kinds,
)
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import AccessError, LeadSyncError, PriceError
from leadsync.core.known_providers import iter_slips
from leadsync.core.price_file import read_price_file
from leadsync.core.store.opening import is_missing
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

OLDEST_CLOCK = "2026-01-01"
PRACTICE = "none is read or needed: this is practice, whose providers are simulated"


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and how it ended.

    Attributes:
        detail: what was seen, and what to do where it is not fit.
    """

    check: str
    verdict: Verdict
    detail: str


def check_health(config: Config, *, asks_providers: bool) -> Iterator[Finding]:
    """All checks, each as it is done.

    Args:
        config: whose keys and store.
        asks_providers: providers whose key is set are asked about it, which costs nothing;
            otherwise nothing is sent anywhere.
    """
    yield Finding("python", Verdict.OK, f"{platform.python_version()} at {sys.executable}")
    yield Finding("sqlite", Verdict.OK, sqlite3.sqlite_version)
    for problem in config.problems:
        yield Finding("config", Verdict.FAIL, f"{problem.message}; {problem.next_step}")
    if not config.problems:
        there = "" if config.path.exists() else " (none)"
        yield Finding("config", Verdict.OK, f"{config.path}{there}")
    for slip in iter_slips(config):
        yield Finding("config", Verdict.WARN, slip)
    yield from _packages()
    yield from _price_file(config)
    yield _clock()
    if asks_providers:
        yield from _providers(config)
    if is_missing(config.store):
        place = hide_password(config.store)
        yield Finding("store", Verdict.WARN, f"{place} is not there yet: leadsync import FILE")
        return
    try:
        workspace = Workspace.open(config)
    except AccessError as error:
        yield Finding("login", Verdict.FAIL, f"{error.message}; {error.next_step}")
        return
    except LeadSyncError as error:
        yield Finding("store", Verdict.FAIL, f"{error.message}; {error.next_step}")
        return
    try:
        yield _login(workspace)
        yield from _store(workspace.store)
        yield from _keys(workspace.store, config)
        if asks_providers:
            yield from _armed(workspace)
    except LeadSyncError as error:
        yield Finding("store check", Verdict.FAIL, f"{error.message}; {error.next_step}")
    finally:
        workspace.close()


def _login(workspace: Workspace) -> Finding:
    at = workspace.identity
    if at is None:
        return Finding("login", Verdict.OK, "none needed: the workspace has no users")
    until = f"{at.actor}, {at.role}, until {at.expires_at[:10]}"
    return Finding("login", Verdict.OK, until)


def _armed(workspace: Workspace) -> Iterator[Finding]:
    """Whether the tables that runs push to can be opened; one look at each."""
    from leadsync.core.sync.armed_tables import list_armed
    from leadsync.core.sync.tables import open_table

    for armed in list_armed(workspace.store):
        check = f"armed {armed.destination}"
        try:
            table = open_table(workspace.config, armed.destination, armed.address, armed.tab)
        except LeadSyncError as error:
            yield Finding(check, Verdict.FAIL, f"{armed.title}: {error.message}; {error.next_step}")
        else:
            yield Finding(check, Verdict.OK, f"{table.title} can be opened")


def _packages() -> Iterator[Finding]:
    """Kinds and providers that packages bring and that are not used."""
    for what, faults in (("kind", iter_kind_faults()), ("provider", iter_provider_faults())):
        for fault in faults:
            verdict = Verdict.FAIL if fault.is_broken else Verdict.WARN
            yield Finding(f"{what} {fault.name}", verdict, fault.words)


def _price_file(config: Config) -> Iterator[Finding]:
    if config.prices is None:
        return
    try:
        read_price_file(config.prices)
    except PriceError as error:
        yield Finding("prices", Verdict.FAIL, f"{error.message}; {error.next_step}")
    else:
        yield Finding("prices", Verdict.OK, str(config.prices))


def _clock() -> Finding:
    from leadsync.core.models import now_iso

    now = now_iso()
    if now < OLDEST_CLOCK:
        return Finding("clock", Verdict.WARN, f"{now} is in the past; set the clock")
    return Finding("clock", Verdict.OK, f"{now} (UTC)")


def _providers(config: Config) -> Iterator[Finding]:
    if config.is_practice:
        yield Finding("keys", Verdict.OK, PRACTICE)
        return
    for name, provider in usable_providers().items():
        try:
            if config.secret(provider.secret) is None:
                continue  # whether a column needs it is seen there
            report = check_key(provider, config)
        except LeadSyncError as error:
            yield Finding(f"key {name}", Verdict.FAIL, f"{error.message}; {error.next_step}")
            continue
        verdict = {True: Verdict.OK, False: Verdict.FAIL, None: Verdict.WARN}[report.is_accepted]
        yield Finding(f"key {name}", verdict, report.detail)


def _store(store: Store) -> Iterator[Finding]:
    yield Finding("store", Verdict.OK, hide_password(store.url))
    problems = store.check()
    leads, runs = store.count({}), store.runs()
    if problems:
        yield Finding("store check", Verdict.FAIL, f"{problems[0]}; leadsync restore BACKUP")
    else:
        yield Finding("store check", Verdict.OK, f"{leads:,} leads, nothing damaged")
    ended = [run for run in runs if run.state in ("held", "stopped")]
    waiting = [run for run in ended if store.queue_counts(run.id)]
    if waiting:
        word = "run waits" if len(waiting) == 1 else "runs wait"
        yield Finding("runs", Verdict.WARN, f"{len(waiting)} {word}: leadsync runs list")


def _keys(store: Store, config: Config) -> Iterator[Finding]:
    columns = store.columns()
    yield Finding("kinds", Verdict.OK, ", ".join(["manual", "template", *usable_kinds()]))
    for column in columns:
        if not column.is_running:
            continue
        try:
            enricher, parsed = find_enricher(column.kind), parse_config(column.kind, column.config)
            described = enricher.describe(parsed, known_fields(columns, column.inputs))
        except LeadSyncError as error:
            yield Finding(f"column {column.key}", Verdict.FAIL, error.message)
            continue
        needed = described.secrets
        if isinstance(enricher, ChoosesKeys):
            needed = enricher.keys_needed(parsed, ConfigSettings(config))
        for name in () if config.is_practice else needed:
            if config.secret(name):
                yield Finding(f"column {column.key}", Verdict.OK, f"{name} is set")
            else:
                yield Finding(
                    f"column {column.key}",
                    Verdict.WARN,
                    f"{name} is not set: leadsync keys set {name}",
                )
