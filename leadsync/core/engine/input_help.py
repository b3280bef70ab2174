"""What something at a provider takes, such as an actor: asked there, for help and dialogs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from leadsync.core.engine.kind_help import settings_of
from leadsync.core.engine.kinds import find_enricher
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import AccessError, InputError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx2

    from leadsync.core.config import Config
    from leadsync.core.engine.enricher import Settings
    from leadsync.core.engine.kind_help import SettingHelp


@runtime_checkable
class DescribesInputs(Protocol):
    """What a kind has beside `Enricher` when its provider says what it takes."""

    secret: ClassVar[str]
    """Name of the key that asking needs."""

    async def input_schema(
        self, name: str, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> Mapping[str, Any]:
        """The JSON schema of what the thing of that name takes; asking is free.

        Raises:
            ProviderError: the provider does not say.
            httpx2.HTTPError: it cannot be reached.
        """
        ...


def input_help(kind: str, name: str, config: Config) -> Sequence[SettingHelp]:
    """What something at the provider of a kind takes, input by input.

    Raises:
        AccessError: the key is not set.
        InputError: the kind cannot tell.
        NotFound: no installed package has that kind.
        ProviderError: the provider cannot be reached, or does not say.
    """
    enricher = find_enricher(kind)
    if not isinstance(enricher, DescribesInputs):
        raise InputError(
            f'kind "{kind}" takes no inputs that its provider describes',
            next_step=f"leadsync enrichers show {kind}",
        )
    key = config.secret(enricher.secret)
    if key is None:
        raise AccessError(
            f'the key "{enricher.secret}" is not set', next_step=f"export {enricher.secret}=…"
        )
    return settings_of(asyncio.run(_ask(kind, enricher, name, config, key)))


async def _ask(
    kind: str, enricher: DescribesInputs, name: str, config: Config, key: str
) -> Mapping[str, Any]:
    import httpx2

    from leadsync.core.engine.http_client import new_client
    from leadsync.core.practice.transport import transport_of

    new_transport = transport_of(config, kind)
    async with new_client(1, lambda: True, new_transport=new_transport) as http:
        try:
            return await enricher.input_schema(name, http, ConfigSettings(config), key)
        except httpx2.HTTPError as error:
            words = f"the provider cannot be reached: {type(error).__name__}"
            raise ProviderError(words) from error
