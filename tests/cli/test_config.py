"""`leadsync config`, also where the config file or a variable is broken."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / "config.toml"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("concurrency", "abc"),
        ("concurrency", "0"),
        ("max_cost", "abc"),
        ("store", "foo://x"),
        ("store", "sqlite:///"),
        ("actor", "ada\nstore = 1"),
        ("actor", ""),
        ("nope", "1"),
        ("openai_base_url", "http://localhost"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    cli: Cli, file: Path, name: str, value: str
) -> None:
    result = cli("config", "set", name, value)
    assert result.code == 4
    assert name in result.err
    assert not file.exists()
    cli.ok("leads", "count")


def test_a_key_is_refused_with_the_command_that_keeps_it(cli: Cli, file: Path) -> None:
    assert "next: leadsync keys set hunter\n" in cli("config", "set", "HUNTER_API_KEY", "x").err
    assert "next: leadsync keys set CRM_TOKEN\n" in cli("config", "set", "CRM_TOKEN", "x").err
    assert not file.exists()


def test_a_misspelt_name_is_answered_with_the_nearest(cli: Cli) -> None:
    assert 'no setting "concurency"; did you mean "concurrency"?' in (
        cli("config", "set", "concurency", "4").err
    )


def test_any_printable_text_comes_back_as_it_was_set(cli: Cli, file: Path) -> None:
    text = 'a "quoted" \\ back\\u0041 slash, ünï'
    cli.ok("config", "set", "actor", text)
    cli.ok("config", "set", "concurrency", "4")
    assert tomllib.loads(file.read_text("utf-8")) == {"actor": text, "concurrency": "4"}
    assert {"name": "actor", "value": text, "origin": str(file)} in (
        cli.ok("config", "show", "--json").json
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('concurrency = "abc"\n', "concurrency"),
        ('max_cost = "abc"\n', "max_cost"),
        ('store = "foo://x"\n', "store"),
        ('stor = "sqlite:///x.db"\n', "stor"),
        ('[settings]\nnope = "1"\n', "nope"),
        ("prices = [1]\n", "prices"),
    ],
)
def test_a_broken_setting_is_named_and_can_be_taken_out_or_set(
    cli: Cli, file: Path, content: str, name: str
) -> None:
    file.write_text(f'actor = "Ada"\n{content}')
    refused = cli("leads", "count")
    assert refused.code == 4
    assert name in refused.err
    assert f"next: leadsync config unset {name}" in refused.err
    shown = cli("config", "show")
    assert shown.code == 4
    assert "Ada" in shown.out
    assert name in shown.err
    checked = cli("doctor")
    assert checked.code == 3
    assert f"leadsync config unset {name}" in checked.out
    cli.ok("config", "set", "concurrency", "4")
    cli.ok("config", "unset", name)
    cli.ok("leads", "count")
    assert tomllib.loads(file.read_text("utf-8"))["actor"] == "Ada"


def test_a_file_that_is_no_toml_is_named_and_left_alone(cli: Cli, file: Path) -> None:
    file.write_text('actor = "two\nlines"\n')
    for words in (["leads", "count"], ["config", "show"], ["config", "set", "actor", "x"]):
        result = cli(*words)
        assert result.code == 4, words
        assert "is not TOML" in result.err
        assert f'next: mend "{file}" in an editor, or remove it' in result.err
    checked = cli("doctor")
    assert checked.code == 3
    assert "is not TOML" in checked.out
    assert "is not there yet" in checked.out
    assert file.read_text() == 'actor = "two\nlines"\n'


def test_a_broken_variable_is_named(cli: Cli) -> None:
    result = cli("leads", "count", LEADSYNC_MAX_COST="abc")
    assert result.code == 4
    assert '"abc" is no amount in dollars (LEADSYNC_MAX_COST)' in result.err


def test_settings_of_providers_are_shown_and_keys_are_not(cli: Cli) -> None:
    cli.ok("config", "set", "LEADSYNC_AI_MODEL", "small")
    shown = cli.ok(
        "config", "show",
        OPENAI_BASE_URL="http://ada:geheim@localhost/v1", OPENAI_API_KEY="sk-planted-0123456789",
    )  # fmt: skip
    assert "LEADSYNC_AI_MODEL\tsmall" in shown.out
    assert "OPENAI_BASE_URL\thttp://ada:…@localhost/v1\tOPENAI_BASE_URL" in shown.out
    assert "planted" not in shown.out + shown.err


def test_set_and_unset_answer_in_json(cli: Cli) -> None:
    assert cli.ok("config", "set", "actor", "Ada", "--json").json["value"] == "Ada"
    assert cli.ok("config", "unset", "actor", "--json").json["value"] is None


def test_a_home_that_cannot_be_written_is_said_in_one_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    result = cli("config", "set", "actor", "x")
    assert result.code == 7
    assert result.err.startswith("error: ")


def test_a_cap_of_a_provider_is_set_shown_and_part_of_a_plan(cli: Cli, leads_csv: Path) -> None:
    assert "names no provider" in cli("config", "set", "provider_caps", "20").err
    cli.ok("config", "set", "provider_caps", "openai 20, hunter 5")
    assert "openai 20, hunter 5" in cli.ok("config", "show").out
    cli.ok("import", leads_csv)
    cli.ok("columns", "add", "pitch", "--prompt", "Write to {{ first_name }}.")
    words = ("enrich", "--column", "pitch", "--dry-run")
    planned = cli.ok(*words)
    assert "openai at most $20.00 a day" in planned.out + planned.err
    (provider,) = cli.ok(*words, "--json").json["providers"]
    assert provider["usdPerDayMicros"] == 20_000_000


def test_a_cap_of_a_provider_that_nobody_asks_is_refused_with_the_nearest(cli: Cli) -> None:
    refused = cli("config", "set", "provider_caps", "openia 20")
    assert refused.code == 4
    assert 'provider_caps: no provider "openia"; did you mean "openai"?' in refused.err
    cli.ok("config", "set", "provider_caps", "api.crm.example 5")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LEADSYNC_HUNTER_BASE_URL", "hunter", '"hunter" is no address'),
        ("OPENAI_BASE_URL", "ftp://x", '"ftp://x" is no address'),
        ("LEADSYNC_RETRY_BASE_S", "zwei", 'must be 0 to 60 seconds, not "zwei"'),
    ],
)
def test_a_setting_of_a_provider_that_cannot_be_used_is_refused_at_once(
    cli: Cli, file: Path, name: str, value: str, words: str
) -> None:
    for refused in (cli("config", "set", name, value), cli("leads", "count", **{name: value})):
        assert refused.code == 4
        assert words in refused.err
    assert not file.exists()


def test_doctor_names_settings_that_hold_for_nobody(cli: Cli, file: Path) -> None:
    file.write_text('provider_caps = ["openia 20"]\n')
    checked = cli("doctor", LEADSYNC_HUNTR_BASE_URL="http://localhost:1").out
    assert 'provider_caps: no provider "openia"; did you mean "openai"?' in checked
    assert 'LEADSYNC_HUNTR_BASE_URL is not used: no provider "huntr"' in checked
    assert 'did you mean "hunter"?' in checked


def test_a_price_file_is_found_from_anywhere(cli: Cli, file: Path, tmp_path: Path) -> None:
    cli.ok("config", "set", "prices", "prices.toml")
    assert tomllib.loads(file.read_text("utf-8")) == {"prices": str(tmp_path / "prices.toml")}
    file.write_text('prices = "mine.toml"\n')
    (file.parent / "mine.toml").write_text("")
    assert f"ok\tprices\t{file.parent}/mine.toml" in cli("doctor").out


def test_a_price_file_that_cannot_be_read_ends_a_run_before_its_plan(
    cli: Cli, leads_csv: Path, tmp_path: Path
) -> None:
    cli.ok("import", leads_csv)
    cli.ok("columns", "add", "pitch", "--prompt", "Write to {{ first_name }}.")
    cli.ok("config", "set", "prices", "prices.toml")
    for content in (None, "[models", '[models."gpt-5-mini"]\ninput = "x"\noutput = 1\n'):
        if content is not None:
            (tmp_path / "prices.toml").write_text(content)
        ended = cli("enrich", "--column", "pitch", "--dry-run", LEADSYNC_AI_MODEL="gpt-5-mini")
        assert (ended.code, ended.out) == (4, "")
        assert "cell" not in ended.err
    (tmp_path / "prices.toml").unlink()
    checked = cli("doctor")
    assert checked.code == 3
    assert "prices.toml" in checked.out


def test_doctor_takes_a_column_that_reads_well_known_fields(cli: Cli) -> None:
    cli.ok("columns", "add", "outreach", "--recipe", "outreach")
    checked = cli("doctor", OPENAI_API_KEY="").out
    assert "no field" not in checked
    assert "OPENAI_API_KEY is not set" in checked
    local = cli("doctor", OPENAI_API_KEY="", OPENAI_BASE_URL="http://127.0.0.1:1/v1").out
    assert "OPENAI_API_KEY" not in local  # a server of this machine needs none
    elsewhere = cli("doctor", OPENAI_API_KEY="", OPENAI_BASE_URL="https://llm.example/v1").out
    assert "OPENAI_API_KEY is not set" in elsewhere
