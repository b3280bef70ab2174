"""Prices of tokens: shipped ones, and the user's own before them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import PriceError
from leadsync.enrichers.price_file import read_price_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CACHED_FROM_TOKENS = 1024
"""Shorter prompts are never written to the vendor's cache (its prompt caching guide, 2026-11)."""

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """Millionths of a dollar per token; that is dollars per million tokens."""

    input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    output: Decimal

    def cost(self, *, prompt: int, cached: int, completion: int) -> int:
        """What so many tokens cost, in millionths of a dollar.

        What was written to the vendor's cache is not told apart from what was not, so a prompt
        long enough for it is counted as written: rather too high than too low.
        """
        fresh = self.cache_write if prompt >= CACHED_FROM_TOKENS else self.input
        total = (prompt - cached) * fresh + cached * self.cached_input + completion * self.output
        return math.ceil(total)

    def times(self, factor: Decimal) -> TokenPrice:
        """The same for work that costs that part of it."""
        parts = (self.input, self.cached_input, self.cache_write, self.output)
        return TokenPrice(*(part * factor for part in parts))


class PriceTable:
    """Prices by model, and the model to use where none is named.

    Attributes:
        batch_factor: what part of the usual price the requests of a batch cost.
    """

    def __init__(self, tables: Sequence[Mapping[str, Any]]) -> None:
        """Take parsed files; earlier ones go before later ones."""
        self._tables = tables
        self.default_model = next(t["default_model"] for t in tables if t.get("default_model"))
        self.batch_factor = _factor(next(t["batch_factor"] for t in tables if "batch_factor" in t))

    def find(self, model: str) -> TokenPrice | None:
        """The price of a model, dated or not; None where it is not known."""
        for name in (model, _DATED.sub("", model)):
            for table in self._tables:
                found = table.get("models", {}).get(name)
                if found is not None:
                    return _price(name, found)
        return None


def read_prices(user_file: Path | None) -> PriceTable:
    """The prices that hold for a user.

    Raises:
        PriceError: the user's file cannot be read.
    """
    return PriceTable(read_price_files(user_file))


def _factor(found: Any) -> Decimal:
    if isinstance(found, (int, Decimal)) and not isinstance(found, bool) and 0 <= found <= 1:
        return Decimal(found)
    raise PriceError(
        f'batch_factor is no number from 0 to 1: "{found}"',
        next_step="in the price file: batch_factor = 0.5",
    )


def _price(model: str, found: Mapping[str, Any]) -> TokenPrice:
    try:
        own_input = Decimal(found["input"])
        return TokenPrice(
            input=own_input,
            cached_input=Decimal(found.get("cached_input", own_input)),
            cache_write=Decimal(found.get("cache_write", own_input)),
            output=Decimal(found["output"]),
        )
    except (KeyError, ArithmeticError, TypeError) as error:
        raise PriceError(f'the price of "{model}" needs input and output in USD') from error
