"""Limits of providers: how often they may be asked. Data of the price file, because they change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import RateLimit
from leadsync.core.engine.outcomes import Retry, RetryWhy
from leadsync.core.errors import InputError
from leadsync.enrichers.price_file import read_price_files

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Settings
    from leadsync.core.engine.outcomes import Outcome


def limit_of(provider: str, name: str, settings: Settings) -> float:
    """A number from `[limits.PROVIDER]` of a price file, the user's before ours.

    Raises:
        InputError: the price file cannot be read, or the limit is no positive number.
    """
    for table in read_price_files(settings.prices):
        found: Any = table.get("limits", {}).get(provider, {}).get(name)
        if found is None:
            continue
        if isinstance(found, (int, Decimal)) and not isinstance(found, bool) and found > 0:
            return float(found)
        raise InputError(
            f'the limit {name} of {provider} is no positive number: "{found}"',
            next_step=f"in the price file: [limits.{provider}] {name} = 10",
        )
    raise AssertionError(f"no limit {name} of {provider} is shipped")


def rate_limit(provider: str, name: str, settings: Settings) -> RateLimit:
    """A limit in requests a second, shared by all requests of that name."""
    return RateLimit(limit_of(provider, f"{name}_per_s", settings), name)


def backed_off(
    outcome: Outcome | None, provider: str, attempt: int, settings: Settings
) -> Outcome | None:
    """The outcome, which waits as the provider's pages say where "slow down" is all it says.

    The first pause is `backoff_s` of the price file; each next is twice it.
    """
    if not isinstance(outcome, Retry) or outcome.why is not RetryWhy.THROTTLED:
        return outcome
    if outcome.after_s is not None:
        return outcome
    pause_s = limit_of(provider, "backoff_s", settings) * 2 ** (attempt - 1)
    return replace(outcome, after_s=pause_s)
