"""The user's own price file, which goes before shipped prices."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import PriceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_price_file(path: Path) -> Mapping[str, Any]:
    """The parsed file; numbers with a point are decimals.

    Raises:
        PriceError: it is not there, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise PriceError(
            f'the price file "{path}" cannot be read: {words}',
            next_step="mend it, or take it out: leadsync config unset prices",
        ) from error
