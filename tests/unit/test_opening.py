"""Which engine an address opens, and what is said of addresses that name none."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError
from leadsync.core.store.opening import open_store
from tests.contract.making import a_campaign

if TYPE_CHECKING:
    from pathlib import Path


def test_an_absolute_and_a_relative_path_open_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_store(f"sqlite:///{tmp_path / 'crm.db'}")) as store:
        a_campaign(store, "Q4")
    with closing(open_store("sqlite:///crm.db")) as store:
        assert [campaign.name for campaign in store.campaigns()] == ["Q4"]


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_store("sqlite:///~/crm.db").close()
    assert (tmp_path / "crm.db").exists()


@pytest.mark.mongo
def test_a_mongodb_address_opens_a_database(mongo_db_url: str) -> None:
    with closing(open_store(mongo_db_url)) as store:
        assert store.campaigns() == []


@pytest.mark.parametrize("url", ["", "leads.db", "postgres://u:secret@host/db", "sqlite:crm.db"])
def test_an_address_of_no_engine_says_how_to_write_one_and_shows_no_password(url: str) -> None:
    with pytest.raises(InputError, match="neither") as caught:
        open_store(url)
    assert "sqlite:///PATH" in caught.value.next_step
    assert "secret" not in caught.value.message


def test_an_sqlite_address_without_a_file_is_said_so() -> None:
    with pytest.raises(InputError, match="names no file"):
        open_store("sqlite:///")


def test_a_store_in_a_file_never_loads_the_driver_of_mongodb(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from leadsync.core.store.opening import open_store\n"
        f"open_store('sqlite:///{tmp_path}/crm.db').count({{}})\n"
        "print([name for name in ('pymongo', 'bson') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
