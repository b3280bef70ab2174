"""Providers' keys given to keep, by somebody who may: in a workspace with users, an owner.

Keys belong to the user of this machine and not to the workspace: who works with several workspaces
may keep one by each. So this keeps members from mistakes, not from their own home folder.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.errors import StoreError
from leadsync.core.store.opening import is_missing
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from leadsync.core.config import Config


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
