"""Who requests are made for, as the way of a request sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.engine.purse import Purse


class Payer(Protocol):
    """A column that requests are made for."""

    @property
    def purse(self) -> Purse:
        """What its requests are paid from."""
        ...

    @property
    def column_id(self) -> int:
        """The column that it asks for."""
        ...

    def account(self, request: CallRequest) -> str:
        """A mark of the keys that a request is sent with: those of one key share its limits."""
        ...

    def check(self) -> None:
        """Let a request pass.

        Raises:
            CallFailed: nothing may be sent any more.
        """
        ...
