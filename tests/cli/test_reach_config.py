"""What HTTP columns may reach: the config file alone says so, and `leadsync config` shows it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


def test_lists_are_set_shown_and_taken_out(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "home" / "config.toml"
    cli.ok("config", "set", "actor", "ada")
    cli.ok("config", "set", "allow_private", "127.0.0.1:8080, 10.1.0.0/16")
    cli.ok("config", "set", "http_secrets", "CRM_TOKEN@api.crm.example")
    cli.ok("config", "set", "OPENAI_BASE_URL", "http://localhost:11434/v1")
    assert tomllib.loads(file.read_text("utf-8")) == {
        "actor": "ada",
        "allow_private": ["127.0.0.1:8080", "10.1.0.0/16"],
        "http_secrets": ["CRM_TOKEN@api.crm.example"],
        "settings": {"OPENAI_BASE_URL": "http://localhost:11434/v1"},
    }
    shown = cli.ok("config", "show").out
    assert f"allow_private\t127.0.0.1:8080, 10.1.0.0/16\t{file}" in shown
    cli.ok("config", "unset", "allow_private")
    assert "allow_private" not in file.read_text("utf-8")


def test_what_is_no_address_is_refused_and_named(cli: Cli, tmp_path: Path) -> None:
    assert 'allow_private: "localhost" is no address' in (
        cli("config", "set", "allow_private", "localhost").err
    )
    file = tmp_path / "home" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    for text, words in [
        ('allow_private = ["localhost"]', 'allow_private: "localhost" is no address'),
        ('allow_private = "127.0.0.1"', "allow_private is no list"),
        ("allow_ports = [99999]", 'allow_ports: "99999" is no port'),
        ('http_secrets = ["CRM_TOKEN"]', 'http_secrets: "CRM_TOKEN" is no key with a host'),
    ]:
        file.write_text(text, "utf-8")
        result = cli("leads", "count")
        assert result.code == 4
        assert words in result.err


def test_a_variable_of_the_environment_allows_nothing(cli: Cli) -> None:
    shown = cli.ok("config", "show", "--json", LEADSYNC_ALLOW_PRIVATE="127.0.0.1").json
    assert "allow_private" not in {setting["name"] for setting in shown}
