"""Practice: whatever runs in it is simulated and marked, and nothing leaves this machine."""

from __future__ import annotations

import json
import socket
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.definitions import ColumnSpec, add_column
from leadsync.core.config import load_config
from leadsync.core.engine.kinds import enricher_kinds
from leadsync.core.engine.plan_text import plan_lines
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import drive
from leadsync.core.engine.starting import start_run
from leadsync.core.errors import InputError, StoreError
from leadsync.core.models import ColumnType, RunState
from leadsync.core.practice.guard import GUARD, LeavesTheMachine
from leadsync.core.practice.label import is_labelled
from leadsync.core.practice.marks import DOMAIN, WORD
from leadsync.core.practice.workspace import enter_practice, find_practice, reset_practice
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import a_campaign, a_column, a_run, a_workspace, some_leads
from tests.practising import practising
from tests.servers.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

PEOPLE = [
    {
        "email": f"{name.lower()}@engines-{name.lower()}.com",
        "name": f"{name} Lovelace",
        "linkedin_url": f"https://www.linkedin.com/in/{name.lower()}",
        "company": "Engines",
        "domain": f"engines-{name.lower()}.com",
        "title": "CTO",
    }
    for name in ("Ada", "Grace", "Hedy", "Joan", "Mary", "Radia", "Sofia", "Karen")
]
PLACE = "http://127.0.0.1:1"


def _step(provider: str) -> dict[str, Any]:
    config = {"provider": provider}
    outputs = {"email": "email"}
    return {"kind": "email_find", "name": provider, "config": config, "outputs": outputs}


COLUMNS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "ai": ("ai", {"prompt": "A line for {{ name }}"}, {}),
    "ai_json": (
        "ai",
        {
            "prompt": "Lines for {{ name }}",
            "outputs": [
                {"name": "opener", "max_words": 4},
                {"name": "fit", "type": "number"},
                {"name": "site", "type": "url"},
            ],
        },
        {"opener": "opener", "fit": "fit", "site": "site"},
    ),
    "apify": (
        "apify",
        {
            "actor": "harvestapi~linkedin-profile-scraper",
            "input": '{"queries": {{ leads | map(attribute="linkedin_url") | list | tojson }}}',
            "match": {"item": "linkedinUrl", "field": "linkedin_url", "compare": "linkedin"},
        },
        {},
    ),
    "clay": ("clay", {"routine": "rt_1", "inputs": {"name": "{{ name }}"}, "value": "summary"}, {}),
    "company_apollo": ("company", {"provider": "apollo"}, {"industry": "industry"}),
    "company_pdl": ("company", {"provider": "pdl"}, {"industry": "industry_pdl"}),
    "email_find": ("email_find", {"provider": "hunter"}, {"email": "found"}),
    "email_verify": (
        "email_verify",
        {"smtp": True, "smtp_from": "ada@analytical.com", "smtp_helo": "mx.analytical.com"},
        {"status": "verify", "reason": "why"},
    ),
    "verify_hunter": ("email_verify", {"provider": "hunter"}, {}),
    "http": ("http", {"url": "PLACE/{{ name | urlencode }}", "value": "found.it"}, {}),
    "http_later": (
        "http",
        {
            "url": "PLACE/start",
            "method": "POST",
            "body": {"n": "{{ name }}"},
            "mode": "poll",
            "handle": "body.job.id",
            "poll_url": "PLACE/jobs/{{ handle }}",
            "done": "body.state == 'done'",
            "value": "answer",
            "interval_s": 0.2,
        },
        {},
    ),
    "instantly_verify": ("instantly_verify", {}, {}),
    "people": ("people", {"provider": "pdl"}, {"title": "their_title"}),
    "people_apify": ("people", {"provider": "apify"}, {"title": "title_apify"}),
    "waterfall": (
        "waterfall",
        {"accept": "email:exists", "steps": [_step("hunter"), _step("apollo")]},
        {"email": "work_email", "step": "who"},
    ),
}
"""Key -> kind, config, outputs; PLACE is a server that counts."""
TYPES = {"found": ColumnType.EMAIL, "work_email": ColumnType.EMAIL, "fit": ColumnType.NUMBER}


@pytest.fixture
def counting() -> Iterator[HttpServer]:
    """A server that nobody must reach."""
    with HttpServer().running() as server:
        yield server


def a_real_workspace(home: Path, *, people: list[dict[str, Any]] = PEOPLE) -> None:
    """A store with people, and the columns of their fields."""
    home.mkdir(parents=True, exist_ok=True)
    with closing(SqliteStore(home / "leadsync.db")) as store:
        campaign = a_campaign(store)
        for key in ("company", "domain", "title"):
            a_column(store, key)
        some_leads(store, campaign, people)


def every_address(place: str) -> dict[str, str]:
    """Settings that would lead every provider to a place on this machine."""
    names = ("HUNTER", "APOLLO", "PDL", "APIFY", "CLAY", "INSTANTLY", "OPENAI")
    port = place.rpartition(":")[2]
    return {
        **{f"LEADSYNC_{name}_BASE_URL": place for name in names},
        "LEADSYNC_DNS_NAMESERVERS": f"127.0.0.1:{port}",
        "LEADSYNC_SMTP_PORT": port,
        "LEADSYNC_POLL_BASE_S": "0",
        "LEADSYNC_RETRY_BASE_S": "0",
    }


def run_column(workspace: Workspace, key: str) -> dict[str, int]:
    """Fill a column; what became of its cells."""
    plan = make_plan(workspace, [key], filter_doc={})
    run = start_run(workspace, plan)
    return dict(drive(workspace, run.id).counts)


def test_every_installed_kind_is_in_these_tests() -> None:
    ours = {kind for kind in enricher_kinds() if kind not in ("echo", "instantly", "sheets")}
    assert ours == {kind for kind, _, _ in COLUMNS.values()}


@pytest.mark.parametrize("key", sorted(COLUMNS))
def test_a_column_of_any_kind_is_filled_without_a_connection(
    tmp_path: Path, counting: HttpServer, key: str
) -> None:
    a_real_workspace(tmp_path)
    kind, config, outputs = COLUMNS[key]
    config = json.loads(json.dumps(config).replace("PLACE", counting.url))
    (tmp_path / "config.toml").write_text('allow_private = ["127.0.0.0/8"]\n', "utf-8")
    refusals = GUARD.refusals

    with practising(tmp_path, **every_address(counting.url)) as workspace:
        spec = ColumnSpec(key, key, kind, ColumnType.TEXT, config, outputs=outputs)
        add_column(workspace, spec)
        counts = run_column(workspace, key)
        cells = _cells(workspace, key, outputs)

    assert counts.get("value", 0) >= 3, counts
    assert cells
    assert all(_is_marked(cell) for cell in cells), cells
    assert counting.requests == []
    assert GUARD.refusals == refusals


def _cells(workspace: Workspace, key: str, outputs: dict[str, str]) -> list[Any]:
    keys = list(outputs.values()) or [key]
    rows = workspace.store.scan({}, keys)
    return [cell for row in rows for cell in row if cell is not None]


def _is_marked(cell: Any) -> bool:
    """Numbers cannot be."""
    return not isinstance(cell, str) or WORD in cell


def test_what_a_package_opens_by_itself_is_refused(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        place = listener.getsockname()

        with practising(tmp_path):
            with pytest.raises(LeavesTheMachine, match="nothing leaves this machine"):
                socket.create_connection(place)
            with pytest.raises(LeavesTheMachine, match=r'look-up of "example\.com"'):
                socket.getaddrinfo("example.com", 80)
            with (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
                pytest.raises(LeavesTheMachine),
            ):
                datagrams.sendto(b"x", place)
            with pytest.raises(LeavesTheMachine, match='the program "curl"'):
                subprocess.run(["curl", f"http://127.0.0.1:{place[1]}"], check=False)
            with pytest.raises(BlockingIOError):  # nobody has knocked
                listener.accept()

        with socket.create_connection(place):  # the guard is let go
            listener.setblocking(True)
            listener.accept()[0].close()


def test_no_key_is_read_and_none_is_written_down(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    planted = "sk-planted-0123456789abcdef"
    keys = tmp_path / "keys.json"
    keys.write_text(f'{{"APOLLO_API_KEY": "{planted}"}}', "utf-8")
    keys.chmod(0o644)  # such a file is refused where it is read

    with practising(tmp_path, HUNTER_API_KEY=planted) as workspace:
        assert workspace.config.secret("HUNTER_API_KEY") != planted
        add_column(workspace, ColumnSpec("found", "Found", "email_find", ColumnType.EMAIL,
                                         {"provider": "hunter"}, outputs={"email": "found"}))  # fmt: skip
        run_column(workspace, "found")

    written = [path for path in (tmp_path / "practice").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if planted.encode() in path.read_bytes()]


def test_the_copy_is_made_once_and_the_workspace_stays_as_it_is(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    before = (tmp_path / "leadsync.db").read_bytes()

    with practising(tmp_path) as workspace:
        assert workspace.store.count({}) == len(PEOPLE)
        some_leads(workspace.store, 1, [{"email": f"new@{DOMAIN}"}])
    with practising(tmp_path) as workspace:
        assert workspace.store.count({}) == len(PEOPLE) + 1

    assert (tmp_path / "leadsync.db").read_bytes() == before


def test_runs_of_the_workspace_are_not_gone_on_with_in_the_copy(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    with closing(SqliteStore(tmp_path / "leadsync.db")) as store:
        workspace = a_workspace(store, tmp_path)
        spec = ColumnSpec("ai", "AI", "ai", ColumnType.TEXT, {"prompt": "{{ name }}"})
        column = add_column(workspace, spec)
        store.start_run(a_run(column, state=RunState.RUNNING), lambda _run: False)

    with practising(tmp_path) as workspace:
        (run,) = workspace.store.runs()
        assert run.state is RunState.STOPPED
        assert run_column(workspace, "ai").get("value", 0) > 0


def test_the_same_is_answered_the_same(tmp_path: Path) -> None:
    for home in (tmp_path / "one", tmp_path / "two"):
        a_real_workspace(home)
    found = []
    for home in (tmp_path / "one", tmp_path / "two"):
        with practising(home) as workspace:
            add_column(workspace, ColumnSpec("t", "T", "people", ColumnType.TEXT,
                                             {"provider": "pdl"}, outputs={"title": "t"}))  # fmt: skip
            run_column(workspace, "t")
            found.append(sorted(workspace.store.scan({}, ("email", "t"))))

    assert found[0] == found[1]


def test_without_a_store_there_are_invented_people(tmp_path: Path) -> None:
    with practising(tmp_path) as workspace:
        assert workspace.store.count({}) == 41
        assert "icebreaker" in [column.key for column in workspace.store.columns()]

    assert not (tmp_path / "leadsync.db").exists()


def test_a_practice_workspace_has_none_of_its_own(tmp_path: Path) -> None:
    with practising(tmp_path) as workspace, pytest.raises(InputError, match="already"):
        enter_practice(workspace.config)
    config = load_config({}, {"LEADSYNC_HOME": str(tmp_path), "USER": "ada"})
    assert find_practice(config).is_sample
    assert reset_practice(config) is not None
    assert not find_practice(config).made_at


def test_what_a_broken_off_reset_has_left_is_said_and_removed(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    config = load_config({}, {"LEADSYNC_HOME": str(tmp_path), "USER": "ada"})
    left = find_practice(config)
    left.folder.mkdir(parents=True)
    (left.folder / "leadsync.log").write_text("…", "utf-8")

    with pytest.raises(StoreError, match="cannot be put at") as refused:
        enter_practice(config)
    assert refused.value.next_step.startswith("leadsync practice reset")
    assert sorted(path.name for path in left.folder.parent.iterdir()) == [left.folder.name]
    assert not left.store_path.exists()

    assert reset_practice(config) is not None
    assert list(left.folder.parent.iterdir()) == []
    with practising(tmp_path) as workspace:
        assert workspace.store.count({}) == len(PEOPLE)
        assert is_labelled(workspace.store)


def test_a_column_that_hands_leads_over_sends_none_and_none_is_said_to_be_there(
    tmp_path: Path, counting: HttpServer
) -> None:
    a_real_workspace(tmp_path, people=[{**person, "title": "deliverable"} for person in PEOPLE])
    campaign = "0195a9d3-5b6a-7a11-8f0e-000000000001"
    with practising(tmp_path, **every_address(counting.url)) as workspace:
        config = {"campaign": campaign, "verdict_field": "title", "allow_missing": True}
        add_column(workspace, ColumnSpec("there", "There", "instantly", ColumnType.TEXT, config))
        plan = make_plan(workspace, ["there"], filter_doc={})
        sent = workspace.store.sent(f"instantly:{campaign}")

    assert plan.cells == 0
    words = f"{len(PEOPLE)} stay here: the column hands leads over, which is not done in practice"
    assert words in "\n".join(plan_lines(plan))
    assert sent == {}
    assert counting.requests == []
