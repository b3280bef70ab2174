"""The price files: the shipped one, and the user's own before it."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from leadsync.core.price_file import read_price_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_price_files(user_file: Path | None) -> list[Mapping[str, Any]]:
    """The parsed files that hold for a user; earlier ones go before later ones.

    Raises:
        PriceError: the user's file cannot be read.
    """
    changed_at = 0.0
    if user_file is not None:
        try:
            changed_at = user_file.stat().st_mtime
        except OSError:
            read_price_file(user_file)  # says why it cannot
    return _tables(user_file, changed_at)


@lru_cache(maxsize=8)
def _tables(user_file: Path | None, _changed_at: float) -> list[Mapping[str, Any]]:
    shipped = files("leadsync.enrichers").joinpath("prices.toml").read_text("utf-8")
    tables: list[Mapping[str, Any]] = [tomllib.loads(shipped, parse_float=Decimal)]
    if user_file is not None:
        tables.insert(0, read_price_file(user_file))
    return tables
