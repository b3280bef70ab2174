"""Checks of keys: what a provider says of a key, asked in a way that costs nothing.

A provider's check is found by the provider's name in the entry-point group `leadsync.providers`.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from leadsync.core.engine.http_outcomes import AGAIN
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.core.installed import installed_names, iter_faults, load_installed
from leadsync.core.practice.marks import MARK, marked
from leadsync.core.practice.simulating import is_simulated
from leadsync.core.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx2

    from leadsync.core.config import Config
    from leadsync.core.engine.enricher import Answer, Settings
    from leadsync.core.installed import Fault

ENTRY_POINTS = "leadsync.providers"
_WHAT = "provider"
_NEEDS = ("name", "secret", "check_key")
CONNECTIONS = 1
SIGN_IN_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What a provider says of a key.

    Attributes:
        is_accepted: None where it could not be asked.
        detail: whose key it is and what is left, in the provider's units; or what went wrong.
    """

    provider: str
    secret: str
    is_accepted: bool | None
    detail: str


class Provider(Protocol):
    """Who needs a key."""

    name: str
    """As the journal has it: "hunter"."""
    secret: str
    """Name of its key: "HUNTER_API_KEY"."""

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whether the key is accepted, and what is left: `38 of 50 searches until 2026-12-01`.

        None where the provider did not say, as when it is down: see `not_accepted`.

        Raises:
            httpx2.HTTPError: the provider cannot be reached.
        """
        ...


@runtime_checkable
class SignsIn(Protocol):
    """A provider whose key is given by a person's sign-in in the browser."""

    def sign_in(self, client_file: Path, tell: Callable[[str], None], *, within_s: float) -> str:
        """Let a person agree; what is to be kept under the provider's `secret`.

        Args:
            client_file: what the provider knows this program as.
            tell: shows the address of the page where a person agrees.
            within_s: how long that is waited for.

        Raises:
            InputError: the file cannot be used.
            AccessError: the person or the provider refused, or nobody answered.
            ProviderError: it cannot be reached.
        """
        ...


def sign_in(name: str, client_file: Path, tell: Callable[[str], None]) -> str:
    """What a person's sign-in at a provider gives to be kept; see `SignsIn`."""
    provider = find_provider(name)
    if not isinstance(provider, SignsIn):
        raise InputError(f"{name} has no sign-in", next_step=f"leadsync keys set {name}")
    return provider.sign_in(client_file, tell, within_s=SIGN_IN_WITHIN_S)


def not_accepted(provider: str, answer: Answer) -> tuple[bool | None, str]:
    """What `check_key` gives for an answer that is not good: of a refused key, or of a sick server."""
    from leadsync.core.engine.http_reading import message_of  # it loads httpx2

    if answer.status < 400:  # of something else than the provider: a portal, a wrong address
        return None, f"{provider} answers with what is not its own; is its address right?"
    words = message_of(answer.body) or f"{provider} answers with {answer.status}"
    is_about_the_key = 400 <= answer.status < 500 and answer.status not in AGAIN
    return (False if is_about_the_key else None), words


def provider_names() -> list[str]:
    """Names of all installed providers, without importing any."""
    return installed_names(ENTRY_POINTS)


def find_provider(name: str) -> Provider:
    """A provider by name; its package is imported now.

    Raises:
        InputError: its package cannot be loaded.
        NotFound: no installed package has it.
    """
    return cast("Provider", load_installed(ENTRY_POINTS, name, _WHAT, (), _NEEDS))


def usable_providers() -> dict[str, Provider]:
    """All installed providers by name, without those whose package cannot be loaded."""
    found: dict[str, Provider] = {}
    for name in provider_names():
        with contextlib.suppress(InputError):  # doctor tells of it
            found[name] = find_provider(name)
    return found


def iter_provider_faults() -> Iterator[Fault]:
    """Providers that packages bring and that are not used; all packages are imported now."""
    yield from iter_faults(ENTRY_POINTS, _WHAT, (), _NEEDS)


def check_key(provider: Provider, config: Config) -> KeyReport:
    """Ask a provider about its key; one or two requests that cost nothing."""
    key = config.secret(provider.secret)
    if key is None:
        detail = f"{provider.secret} is not set: leadsync keys set {provider.name}"
        return KeyReport(provider.name, provider.secret, None, detail)
    if config.is_practice and not is_simulated(provider.name):
        detail = f"{MARK}not simulated: no key is needed"
        return KeyReport(provider.name, provider.secret, is_accepted=True, detail=detail)
    is_accepted, detail = asyncio.run(_ask(provider, config, key))
    redactor = Redactor(config.secrets_in_use())
    redactor.add(key)
    detail = redactor.text(detail)
    if config.is_practice:
        detail = marked(detail)
    return KeyReport(provider.name, provider.secret, is_accepted, detail)


async def _ask(provider: Provider, config: Config, key: str) -> tuple[bool | None, str]:
    import httpx2

    from leadsync.core.engine.http_client import new_client
    from leadsync.core.practice.transport import transport_of

    new_transport = transport_of(config, provider.name)
    async with new_client(CONNECTIONS, lambda: True, new_transport=new_transport) as http:
        try:
            return await provider.check_key(http, ConfigSettings(config), key)
        except httpx2.HTTPError as error:
            where = _place_of(error)
            return None, f"{provider.name} cannot be reached{where}: {type(error).__name__}"


def _place_of(error: httpx2.HTTPError) -> str:
    """Where a request went, in words; empty where it was not made."""
    try:
        url = error.request.url
    except RuntimeError:
        return ""
    return f" at {url.scheme}://{url.netloc.decode()}"
