"""The interface of a provider: addresses, keys, and what its units cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.enrichers.provider_api import Api, Ask
from leadsync.enrichers.unit_prices import cost_of

if TYPE_CHECKING:
    from pathlib import Path

API = Api("hunter", "HUNTER_API_KEY", "https://api.hunter.io/v2", "X-API-KEY")


def settings(folder: Path, prices: str = "", **environment: str) -> ConfigSettings:
    environment |= {"LEADSYNC_HOME": str(folder)}
    if prices:
        (folder / "prices.toml").write_text(prices)
        environment["LEADSYNC_PRICES"] = str(folder / "prices.toml")
    return ConfigSettings(load_config(environment=environment))


def test_a_price_that_nobody_set_is_unknown(tmp_path: Path) -> None:
    request = API.request(Ask("find", "GET", "/email-finder", max_units={"search": 1}),
                          settings(tmp_path))  # fmt: skip
    assert (request.max_usd_micros, request.max_units) == (None, {"search": 1})


def test_a_request_that_counts_nothing_costs_nothing(tmp_path: Path) -> None:
    request = API.request(Ask("account", "GET", "/account"), settings(tmp_path))
    assert request.max_usd_micros == 0


def test_the_users_price_of_a_unit_makes_money_of_it(tmp_path: Path) -> None:
    ours = settings(tmp_path, "[units.hunter]\nsearch = 0.034\nverification = 0.017\n")
    assert cost_of("hunter", {"search": 2, "verification": 0.5}, ours) == 76_500


def test_a_price_that_is_no_number_is_told(tmp_path: Path) -> None:
    ours = settings(tmp_path, '[units.hunter]\nsearch = "cheap"\n')
    with pytest.raises(InputError, match='search at hunter is no number of USD: "cheap"'):
        cost_of("hunter", {"search": 1}, ours)


def test_the_address_is_the_users_where_one_is_set(tmp_path: Path) -> None:
    assert API.address(settings(tmp_path)) == "https://api.hunter.io/v2"
    own = settings(tmp_path, LEADSYNC_HUNTER_BASE_URL="http://127.0.0.1:9/v2/")
    assert API.address(own) == "http://127.0.0.1:9/v2"
