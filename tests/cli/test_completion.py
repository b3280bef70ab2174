"""What the shell offers after Tab."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


def offered(cli: Cli, line: str) -> list[str]:
    """What bash would be given for a line whose last word is being typed."""
    words = line.split(" ")
    result = cli.ok(
        _LEADSYNC_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    return result.lines


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A workspace with something of each kind; completing changes nothing in it."""
    filled = Cli(tmp_path_factory.mktemp("completion"))
    filled.ok("import", "-", stdin="Email,First Name,Title\nada@lovelace.example,Ada,CTO\n")
    filled.ok("views", "save", "heads", "--where", "title:head")
    filled.ok("campaigns", "add", "Quarter")
    filled.ok("tags", "add", "dach", "1")
    filled.ok("columns", "add", "--recipe", "verify")
    filled.ok("columns", "edit", "verify", "--set", "dns=false")
    filled.ok("enrich", "--column", "verify", "--yes")
    return filled


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("leadsync expo", ["export"]),
        ("leadsync leads re", ["restore"]),
        ("leadsync leads list --ca", ["--campaign"]),
        ("leadsync leads list --campaign Qu", ["Quarter"]),
        ("leadsync leads list --view h", ["heads"]),
        ("leadsync enrich --column tit", ["title"]),
        ("leadsync columns show fir", ["first_name"]),
        ("leadsync export --columns email,tit", ["email,title"]),
        ("leadsync columns add --recipe ice", ["icebreaker"]),
        ("leadsync columns add x --kind te", ["template"]),
        ("leadsync columns add x --type lo", ["long_text"]),
        ("leadsync export --format par", ["parquet"]),
        ("leadsync export --template inst", ["instantly"]),
        ("leadsync tags add vip,da", ["vip,dach"]),
        ("leadsync leads add --tag da", ["dach"]),
        ("leadsync runs show ", ["1"]),
    ],
)
def test_names_are_completed(line: str, names: list[str], cli: Cli) -> None:
    assert offered(cli, line) == names


def test_a_broken_store_completes_nothing_and_says_nothing(cli: Cli) -> None:
    (cli.folder / "broken.db").write_text("no database " * 500)
    broken = Cli(cli.folder, "sqlite:///broken.db")
    assert "".join(offered(broken, "leadsync leads list --campaign Q")) == ""
