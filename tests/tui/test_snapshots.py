"""Pictures of the screens as text, kept in `snapshots/`.

`RENEW_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py` writes them anew; look at what changed.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadsync.tui.actions.app import THEMES
from tests.contract.making import a_campaign, a_column, some_leads
from tests.reliability.run_making import a_workspace, an_ai_column, people
from tests.servers.openai_server import OpenAIServer, Reply
from tests.tui.driven import Driven, driven
from tests.tui.holding import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from leadsync.core.workspace import Workspace
    from tests.servers.openai_server import Request

    Scenes = Callable[[Driven, "Album"], Awaitable[None]]

FOLDER = Path(__file__).with_name("snapshots")
NAMES = [
    "Ada Lovelace",
    "Grace Hopper",
    "Jürgen Müller",
    "山田 太郎",
    "Zoë 🚀 Núñez",
    "",
    "O'Neil, Pat",
]
SIZES = [(80, 24), (160, 50)]
CHANGING = (
    re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d)?(:\d\d(\.\d+)?)?"),
    re.compile(r"\d+ s ago *│"),
    re.compile(r"\d+\.\d/s"),
)


class Album:
    """Pictures of one size: compared with those that are kept, or kept."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.differing: list[str] = []

    def add(self, name: str, app: Driven, *, styles: bool = False) -> None:
        """Look at the screen; `styles`: at the colours of its first lines, too."""
        lines = [line.rstrip() for line in app.lines()]
        if styles:
            lines += ["", *_styles(app)]
        picture = "\n".join(lines).rstrip() + "\n"
        for pattern in CHANGING:
            picture = pattern.sub(lambda found: _unchanging(found[0]), picture)
        path = FOLDER / f"{name}-{self.size[0]}x{self.size[1]}.txt"
        if os.environ.get("RENEW_SNAPSHOTS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(picture, "utf-8")
        kept = path.read_text("utf-8") if path.exists() else ""
        if picture != kept:
            self.differing.append(f"{path.name} is another now:\n{picture}")


def _unchanging(text: str) -> str:
    """As long as it was, without what the clock says."""
    if "ago" in text:
        return "0 s ago │".replace(" │", " " * (len(text) - len("0 s ago│")) + "│")
    return re.sub(r"\d", "0", text)


def _styles(app: Driven) -> list[str]:
    strips = app.app.screen._compositor.render_strips()[:3]
    return [
        f"{segment.text.strip()[:20]:<20} {segment.style}" for strip in strips for segment in strip
    ]


def _twenty(workspace: Workspace) -> None:
    store = workspace.store
    inbox = a_campaign(store)
    a_column(store, "title")
    a_column(store, "employees", type="number")
    a_column(store, "notes", type="long_text")
    rows = [
        {
            "email": f"p{n}@company{n}.example",
            "name": NAMES[n % len(NAMES)] or None,
            "title": f"Head of Sales {n}",
            "employees": n * n * 37 if n % 4 else None,
            "notes": "Met at the fair.\nCall again in May, after the move." if n % 3 else None,
        }
        for n in range(20)
    ]
    some_leads(store, inbox, rows)
    an_ai_column(workspace)


async def _shown(app: Driven, album: Album, name: str, *keys: str) -> None:
    """A picture of what keys open, which Escape leaves."""
    await app.burst(*keys)
    album.add(name, app)
    while app.app.screen is not app.desk or app.desk.focused is not app.desk.grid:
        await app.press("escape")


async def empty(app: Driven, album: Album) -> None:
    album.add("welcome", app)
    await app.press("escape")
    album.add("empty", app)


async def twenty(app: Driven, album: Album) -> None:
    album.add("twenty", app)
    app.desk.grid.jump(column=app.desk.grid.layout_now.number("title"))
    await app.press("enter", "backspace", "!")
    await _shown(app, album, "edit")
    await app.burst("down", "down", "space", "space", "v", "up")
    await app.until(lambda: "filled" in app.lines()[-1])
    album.add("marked", app)
    await app.burst("escape", "escape")
    for name, keys in {
        "palette": ("ctrl+p",),
        "help": ("?",),
        "menu": (".",),
        "add_column": ("A", *"manual", "enter"),
        "filter": ("f",),
        "values": ("#",),
        "add_lead": ("a",),
        "lead": ("o",),
        "files": ("ctrl+o",),
        "export": ("ctrl+s",),
        "inspector": ("I",),
        "history": ("g", "h"),
    }.items():
        await _shown(app, album, name, *keys)
    app.app.theme = THEMES["light"]
    app.desk.grid.repaint_all()
    await app.settle()
    album.add("light", app, styles=True)


async def running(app: Driven, album: Album) -> None:
    server = app.desk.workspace.server  # type: ignore[attr-defined]  # set below
    gate = threading.Event()

    def answer(request: Request) -> Reply | None:
        gate.wait(LONGEST_S)
        is_bad = "Person 3" in request.prompt
        problem = {"message": "no such thing", "code": "context_length_exceeded"}
        return Reply(400, {"error": problem}) if is_bad else None

    server.behave = answer
    await app.press("$")
    await app.press("R")
    album.add("plan", app)
    try:
        await app.press("enter")
        await app.until(lambda: app.text().count("◐") + app.text().count("·") == 20)
        await app.until(lambda: app.text().count("◐") == 20)
        job = app.desk.jobs.jobs[1]
        await app.until(lambda: job.progress is not None and job.progress.in_flight == 4)
        await app.until(lambda: "0%" in app.lines()[0])
        await app.settle()
        album.add("running", app)
        await app.press("g", "j")
        await app.until(lambda: "running" in app.text())
        album.add("jobs_running", app)
        await app.press("escape", "ctrl+q")
        album.add("leaving", app)
        await app.press("escape")
    finally:
        gate.set()
        await app.until(lambda: not app.desk.jobs.running)
    await app.until(lambda: bool(app.desk.jobs.jobs) and not app.desk.jobs.running)
    await app.until(lambda: "!" in app.text() and "run 1" in app.lines()[-1])
    await app.settle()
    album.add("errors", app)
    await _shown(app, album, "inspector_of_a_call", "I")
    await app.press("g", "j", "enter")
    await app.until(lambda: "as lead" in app.text())
    album.add("jobs_causes", app)


SCENES: dict[str, Scenes] = {"empty": empty, "twenty": twenty, "running": running}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", SCENES)
def test_the_screens_look_as_they_did(
    name: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "leads.csv").write_text("email,name\nada@lovelace.example,Ada\n", "utf-8")
    monkeypatch.chdir(here)
    monkeypatch.delenv("NO_COLOR", raising=False)
    album = Album(size)
    with (
        OpenAIServer().running() as server,
        a_workspace(server.url, tmp_path / "home", LEADSYNC_CONCURRENCY="4") as workspace,
    ):
        workspace.server = server  # type: ignore[attr-defined]  # for the scenes
        if name == "twenty":
            _twenty(workspace)
        elif name == "running":
            people(workspace, 20)
            an_ai_column(workspace)

        async def walk() -> None:
            async with driven(workspace, size) as app:
                await SCENES[name](app, album)

        asyncio.run(walk())
    assert not album.differing, "\n".join(album.differing)
