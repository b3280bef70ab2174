"""Prices of what providers count: credits, searches, verifications. Plans differ, so users set them."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import PriceError
from leadsync.enrichers.price_file import read_price_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.engine.enricher import Settings

USD_MICROS = 1_000_000
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def cost_of(provider: str, units: Mapping[str, float], settings: Settings) -> int | None:
    """What so many units cost, in millionths of a dollar; None where a price is not known.

    Args:
        provider: who counts.
        units: number by unit, such as `{"credit": 1}`; nothing counted costs nothing.
        settings: name the user's price file.

    Raises:
        PriceError: the price file cannot be read, or a price is no number.
    """
    total = Decimal(0)
    for unit, number in units.items():
        if not number:
            continue
        price = unit_price(provider, unit, settings)
        if price is None:
            return None
        total += price * Decimal(str(number))
    return math.ceil(total * USD_MICROS)


def unit_price(provider: str, unit: str, settings: Settings) -> Decimal | None:
    """What one unit costs in USD, from `[units.PROVIDER]` of a price file; None: not known.

    Raises:
        PriceError: the price file cannot be read, or the price is no number.
    """
    for table in read_price_files(settings.prices):
        found: Any = table.get("units", {}).get(provider, {}).get(unit)
        if found is not None:
            return _decimal(provider, unit, found)
    return None


def price_note(provider: str, units: Iterable[str]) -> str:
    """Where the prices of these units are named; see `enricher.CallRequest`."""
    names = ", ".join(f"units.{toml_key(provider)}.{toml_key(unit)} = 0.01" for unit in units)
    return f"{names} in a price file" if names else ""


def toml_key(name: str) -> str:
    """A name as TOML has it before an equals sign."""
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _decimal(provider: str, unit: str, found: Any) -> Decimal:
    if isinstance(found, (int, Decimal)) and not isinstance(found, bool) and found >= 0:
        return Decimal(found)
    raise PriceError(
        f'the price of a {unit} at {provider} is no number of USD: "{found}"',
        next_step=f"in the price file: [units.{provider}] {unit} = 0.01",
    )
