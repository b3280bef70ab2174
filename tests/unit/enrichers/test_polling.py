"""Pauses between looks at work that a provider has not done yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.enrichers.polling import poll_wait_s

if TYPE_CHECKING:
    from pathlib import Path


def settings(folder: Path, base: str = "") -> ConfigSettings:
    own = {"LEADSYNC_HOME": str(folder), "LEADSYNC_POLL_BASE_S": base}
    return ConfigSettings(load_config(environment=own))


def test_pauses_grow_to_a_minute(tmp_path: Path) -> None:
    waits = [poll_wait_s(looks, settings(tmp_path)) for looks in range(7)]
    assert waits == [5, 10, 20, 40, 60, 60, 60]


def test_the_users_first_pause_shortens_all(tmp_path: Path) -> None:
    assert poll_wait_s(3, settings(tmp_path, "0.5")) == 4


@pytest.mark.parametrize("base", ["soon", "-1", "61"])
def test_a_pause_that_is_none_is_told(base: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f'must be 0 to 60 seconds, not "{base}"'):
        poll_wait_s(0, settings(tmp_path, base))
