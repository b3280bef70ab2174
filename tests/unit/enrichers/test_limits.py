"""Limits of providers come from the price files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.enricher import RateLimit
from leadsync.core.engine.outcomes import Invalid, Retry, RetryWhy
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.enrichers.limits import backed_off, limit_of, rate_limit

if TYPE_CHECKING:
    from pathlib import Path


def settings(folder: Path, prices: str = "") -> ConfigSettings:
    (folder / "prices.toml").write_text(prices)
    environment = {"LEADSYNC_PRICES": str(folder / "prices.toml"), "LEADSYNC_HOME": str(folder)}
    return ConfigSettings(load_config(environment=environment))


def test_shipped_limits_hold_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    assert rate_limit("apify", "look", settings(tmp_path)) == RateLimit(60, "look")
    own = settings(tmp_path, "[limits.apify]\nlook_per_s = 5")
    assert rate_limit("apify", "look", own) == RateLimit(5, "look")
    assert limit_of("apify", "start_per_s", own) == 400


def test_a_limit_that_is_no_positive_number_is_refused(tmp_path: Path) -> None:
    for value in ("0", "-1", '"many"', "true"):
        with pytest.raises(InputError, match="no positive number"):
            limit_of("clay", "backoff_s", settings(tmp_path, f"[limits.clay]\nbackoff_s = {value}"))


@pytest.mark.parametrize(
    ("provider", "pauses"), [("apify", [0.5, 1, 2, 4]), ("clay", [2, 4, 8, 16])]
)
def test_slow_down_without_a_time_doubles_the_pause(
    tmp_path: Path, provider: str, pauses: list[float]
) -> None:
    found = settings(tmp_path)
    busy = Retry(RetryWhy.THROTTLED, "slow down")
    outcomes = [backed_off(busy, provider, attempt, found) for attempt in (1, 2, 3, 4)]
    assert [outcome.after_s for outcome in outcomes if isinstance(outcome, Retry)] == pauses


def test_what_has_a_time_or_is_something_else_stays(tmp_path: Path) -> None:
    found = settings(tmp_path)
    outcomes = (
        Retry(RetryWhy.THROTTLED, "slow down", after_s=7),
        Retry(RetryWhy.TRANSIENT, "trouble"),
        Invalid("so not"),
        None,
    )
    for outcome in outcomes:
        assert backed_off(outcome, "clay", 1, found) == outcome
