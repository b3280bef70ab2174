"""Providers' keys given to keep, by somebody who may: in a workspace with users, an owner.

Keys belong to the user of this machine and not to the workspace: who works with several workspaces
may keep one by each. So this keeps members from mistakes, not from their own home folder.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.errors import StoreError
from leadsync.core.store.opening import is_missing
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.config import Config


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key is, never what it is.

    Attributes:
        provider: whose key it is; empty for one that only columns name.
        name: as "HUNTER_API_KEY".
        place: "the environment", "the keyring" or the file's path; empty where it is not set.
    """

    provider: str
    name: str
    place: str


def key_places(config: Config) -> list[KeyPlace]:
    """Where the key of each installed provider is, and every other that is kept."""
    from leadsync.core.engine.key_checks import usable_providers

    names = {one.secret: name for name, one in usable_providers().items()}
    kept = config.keys.places()
    every = [*names.items(), *((name, "") for name in kept if name not in names)]
    return [KeyPlace(provider, name, _place(config, name, kept)) for name, provider in every]


def place_in_words(place: str) -> str:
    """A place as `KeyStore` names it, for people."""
    return "the keyring" if place == "keyring" else place


def keep_key(config: Config, name: str, key: str) -> str:
    """Keep a key; where it is now.

    Raises:
        AccessError: the workspace has users, and who does it is no owner.
        InputError: the name or the key cannot be one.
    """
    check_may_keep(config)
    return config.keys.put(name, key)


def forget_key(config: Config, name: str) -> bool:
    """Forget a key; whether it was there.

    Raises:
        AccessError: the workspace has users, and who does it is no owner.
    """
    check_may_keep(config)
    return config.keys.remove(name)


def check_may_keep(config: Config) -> None:
    """Let nobody go on who is no owner; a store that cannot be reached has no say in it.

    Raises:
        AccessError: the workspace has users, and who does it is no owner.
    """
    if is_missing(config.store):
        return
    with contextlib.suppress(StoreError), Workspace.open(config) as workspace:
        workspace.require(Right.ADMIN, "set or remove keys")


def _place(config: Config, name: str, kept: Mapping[str, str]) -> str:
    if config.secret_of_environment(name):
        return "the environment"
    return place_in_words(kept.get(name, ""))
