"""Money as whole millionths of a dollar: read from text, and shown."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from leadsync.core.errors import InputError

MICROS = 1_000_000
MAX_USD = 1_000_000


def parse_usd(text: str, name: str = "") -> int:
    """Millionths of a dollar from text such as `5`, `0.25` or `$3`.

    Args:
        text: what was given.
        name: the option or field that it was given for, where the caller does not say it.

    Raises:
        InputError: it is no amount of 0 to 1,000,000 dollars.
    """
    bare = text.strip().removeprefix("$").strip()
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= MAX_USD:
        subject = f"{name}: " if name else ""
        raise InputError(
            f'{subject}"{text}" is no amount in dollars', next_step="write it as 5 or 0.25"
        )
    return int(amount * MICROS)


def show_usd(micros: int | None) -> str:
    """An amount for people: `$0.0042` below a cent, `$1.20` above; None is "price unknown"."""
    if micros is None:
        return "price unknown"
    if micros and micros < MICROS // 100:
        return f"${micros / MICROS:.6f}".rstrip("0")
    return f"${micros / MICROS:,.2f}"


def show_at_most(micros: int | None) -> str:
    """As `show_usd`, never less than it is: `$0.02` for 1.4 cents."""
    if micros is None or micros < MICROS // 100:
        return show_usd(micros)
    cent = MICROS // 100
    return show_usd(-(-micros // cent) * cent)
