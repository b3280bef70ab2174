"""What HTTP columns may reach: the config file alone says so, and `leadsync config` shows it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.errors import InputError
from leadsync.core.reach import Reach

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


def test_lists_are_set_shown_and_taken_out(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "home" / "config.toml"
    cli.ok("config", "set", "actor", "ada")
    cli.ok("config", "set", "allow_private", "127.0.0.1:8080, 10.1.0.0/16")
    cli.ok("config", "set", "http_secrets", "CRM_TOKEN@api.crm.example")
    assert tomllib.loads(file.read_text("utf-8")) == {
        "actor": "ada",
        "allow_private": ["127.0.0.1:8080", "10.1.0.0/16"],
        "http_secrets": ["CRM_TOKEN@api.crm.example"],
    }
    shown = cli.ok("config", "show").out
    assert f"allow_private\t127.0.0.1:8080, 10.1.0.0/16\t{file}" in shown
    cli.ok("config", "unset", "allow_private")
    assert "allow_private" not in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('allow_private = ["localhost"]', 'allow_private: "localhost" is no address'),
        ('allow_private = "127.0.0.1"', "allow_private is no list"),
        ("allow_ports = [99999]", 'allow_ports: "99999" is no port'),
        ('http_secrets = ["CRM_TOKEN"]', 'http_secrets: "CRM_TOKEN" is no key with a host'),
    ],
)
def test_what_cannot_be_read_in_the_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        load_config(environment={"LEADSYNC_HOME": str(tmp_path)})
    assert words in caught.value.message


def test_what_is_no_address_is_not_written(cli: Cli) -> None:
    assert 'allow_private: "localhost" is no address' in (
        cli("config", "set", "allow_private", "localhost").err
    )


def test_a_variable_of_the_environment_allows_nothing(tmp_path: Path) -> None:
    home = {"LEADSYNC_HOME": str(tmp_path), "LEADSYNC_ALLOW_PRIVATE": "127.0.0.1"}
    assert load_config(environment=home).reach == Reach()
